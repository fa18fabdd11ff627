// An article with its sentences marked, and the same as a table.
import { element, shown, table } from "./elements.js";

export const SIGNS = { escalation: "▲", "de-escalation": "▼" };
const DRIVERS = 3, WEIGHT = 0.05;

// Offsets of the service count characters; those of JavaScript's strings would count a flag or an emoji as several.
const characters = (text) => Array.from(text);
const level = (sentence) => {
  const value = sentence.probabilities[sentence.label];
  return sentence.label in SIGNS ? 1 + (value >= 0.6) + (value >= 0.8) : 0;
};

export function drivers(sentence) {
  const heavy = (sentence.words ?? []).filter((word) => word.weight >= WEIGHT);
  return heavy.sort((one, other) => other.weight - one.weight).slice(0, DRIVERS);
}

function bolded(sentence) {
  const points = characters(sentence.text), parts = [];
  let place = 0;
  for (const word of drivers(sentence).sort((one, other) => one.start - other.start)) {
    parts.push(points.slice(place, word.start).join(""), element("strong", {}, points.slice(word.start, word.end).join("")));
    place = word.end;
  }
  return [...parts, points.slice(place).join("")];
}

function marked(sentence, choose) {
  const probability = shown(sentence.probabilities[sentence.label]);
  const label = `${sentence.label}${sentence.abstained ? ", unsure" : ""}`;
  const text = element("span", { class: `sentence ${sentence.label} level-${level(sentence)}`, tabindex: "-1" });
  if (sentence.abstained) text.classList.add("abstained");
  if (sentence.label in SIGNS) {
    text.append(element("b", { class: `mark ${sentence.label}`, "aria-hidden": "true" }, `${SIGNS[sentence.label]} ${probability} `));
  }
  text.append(element("span", { class: "unseen", lang: "en" }, `${label}, ${probability}: `), ...bolded(sentence));
  text.addEventListener("click", () => text.focus());
  text.addEventListener("focus", () => choose(sentence));
  return text;
}

export function prose(text, sentences, choose, language) {
  const points = characters(text);
  const list = element("ol", { class: "prose", role: "list", ...(language && { lang: language }) });
  let place = 0;
  sentences.forEach((sentence, number) => {
    const next = sentences[number + 1]?.start ?? points.length;
    const before = number === 0 ? points.slice(place, sentence.start).join("") : "";
    list.append(element("li", {}, before, marked(sentence, choose), points.slice(sentence.end, next).join("")));
    place = next;
  });
  walk(list);
  return list;
}

// One stop of the tab key for the whole text; arrow keys, Home and End go on from there.
function walk(list) {
  const spots = [...list.querySelectorAll(".sentence")];
  if (spots.length) spots[0].tabIndex = 0;
  list.addEventListener("focusin", (event) => {
    const chosen = event.target.closest(".sentence");
    if (chosen) for (const spot of spots) spot.tabIndex = spot === chosen ? 0 : -1;
  });
  list.addEventListener("keydown", (event) => {
    const at = spots.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: spots.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    spots[Math.max(0, Math.min(spots.length - 1, to))].focus();
  });
}

export function listing(caption, sentences) {
  const labels = Object.keys(sentences[0]?.probabilities ?? {});
  return table(caption, ["#", "label", ...labels.map((label) => `p(${label})`), "rests on", "sentence"],
    sentences.map((sentence, number) => [number + 1, `${SIGNS[sentence.label] ?? ""} ${sentence.label}`,
      ...labels.map((label) => Number(sentence.probabilities[label])),
      drivers(sentence).map((word) => `${word.text} +${shown(word.weight)}`).join(", "), sentence.text]));
}
