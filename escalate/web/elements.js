// Elements with text: what an article says is never markup.
export const $ = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function drawing(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function table(caption, names, rows) {
  const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map((row) => element("tr", {}, ...row.map((value) =>
    element("td", typeof value === "number" ? { class: "number" } : {}, typeof value === "number" ? shown(value) : value))));
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {}, element("caption", { class: "unseen" }, caption), element("thead", {}, head), element("tbody", {}, ...body)));
}

export const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
export const shown = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−"));
