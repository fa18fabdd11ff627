// A series as a drawing whose points can be reached by keyboard, its change points, and the same as a table.
import { SIGNS } from "./article.js";
import { counted, drawing, element, shown, table } from "./elements.js";

const WIDTH = 760, HEIGHT = 240, LEFT = 40, RIGHT = 20, TOP = 20, BOTTOM = 30;
const BEHIND = 5, APART = 84, EDGE = 60;  // room for a date, and for the word beside a change point
const y = (value) => TOP + ((100 - value) / 200) * (HEIGHT - TOP - BOTTOM);
const day = (period) => period.slice(0, 10);
const whole = (value) => value.toFixed(0).replace(/^-0$/, "0").replace("-", "−");

function describe(row) {
  const interval = row.index_low === null ? "" : `interval ${whole(row.index_low)} to ${whole(row.index_high)}, `;
  return `${day(row.period)}: index ${whole(row.index)}, ${interval}` +
    `${row.escalation} escalation, ${row.de_escalation} de-escalation, ${row.neutral} neutral`;
}

function plot(name, rows, changes, choose) {
  const times = rows.map((row) => Date.parse(`${day(row.period)}T00:00:00Z`));
  const first = times[0], last = times.at(-1);
  const x = (time) => LEFT + 20 + (last > first ? (time - first) / (last - first) : 0.5) * (WIDTH - LEFT - RIGHT - 40);
  const svg = drawing("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": `Index of ${name}, −100 to 100` });
  for (const value of [-100, -50, 0, 50, 100]) {
    svg.append(drawing("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end", "aria-hidden": "true" }, whole(value)));
  }
  svg.append(drawing("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: y(0), y2: y(0) }));
  svg.append(drawing("line", { class: "axis", x1: LEFT, x2: LEFT, y1: y(100), y2: y(-100) }));
  let free = 0;
  rows.forEach((row, place) => {
    const at = x(times[place]);
    if (at < free) return;
    free = at + APART;
    svg.append(drawing("text", { class: "day", x: at, y: HEIGHT - 8, "text-anchor": "middle", "aria-hidden": "true" }, day(row.period)));
  });
  svg.append(drawing("polyline", { class: "smooth", points: rows.map((row, n) => `${x(times[n])},${y(row.smooth)}`).join(" ") }));
  for (const change of changes) {
    const at = x(Date.parse(`${day(change.period)}T00:00:00Z`));
    svg.append(drawing("line", { class: "turn", x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM }));
    const beside = at > WIDTH - EDGE ? { x: at - 4, "text-anchor": "end" } : { x: at + 4 };
    svg.append(drawing("text", { ...beside, y: TOP - 4 }, change.direction === "up" ? "↑ worse" : "↓ calmer"));
  }
  rows.forEach((row, place) => {
    const at = x(times[place]), up = row.index > 0, tip = up ? -7 : 7;
    const point = drawing("a", { href: "#detail", class: up ? "up" : "down", "aria-label": describe(row) },
      ...(row.index_low === null ? [] : [drawing("line", { class: "whisker", x1: at, x2: at, y1: y(row.index_low), y2: y(row.index_high) })]),
      drawing("polygon", { points: `${at},${y(row.index) + tip} ${at - 7},${y(row.index) - tip} ${at + 7},${y(row.index) - tip}` }));
    point.addEventListener("click", (event) => { event.preventDefault(); choose(row); });
    point.addEventListener("focus", () => choose(row));
    svg.append(point);
  });
  return svg;
}

export function charts(found, choose) {
  const sizes = new Map();
  for (const row of found.periods) sizes.set(row.series, (sizes.get(row.series) ?? 0) + row.sentences);
  const names = [...sizes.keys()].sort((one, other) => sizes.get(other) - sizes.get(one));
  const texts = new Map(found.sentences.map((sentence) => [sentence.id, sentence.text]));
  return names.map((name) => {
    const heading = found.by === "all" ? "All articles" : name;
    const rows = found.periods.filter((row) => row.series === name);
    const changes = found.changes.filter((change) => change.series === name);
    const turns = changes.map((change) => element("p", {},
      `${change.direction === "up" ? "↑ worse" : "↓ calmer"} since ${day(change.period)}: ` +
      `index ${whole(change.before)} before, ${whole(change.after)} after. ${change.sentences.map((id) => texts.get(id)).join(" ")}`));
    const columns = ["escalation", "de_escalation", "neutral", "articles", "index", "index_low", "index_high", "smooth"];
    const numbers = table(`Periods of ${heading}`, ["period", ...columns.map((column) => column.replace("_", " "))],
      rows.map((row) => [day(row.period), ...columns.map((column) => row[column] ?? "")]));
    return element("section", { "aria-label": heading }, element("h3", {}, heading),
      element("div", { class: "wide" }, plot(heading, rows, changes, choose)), ...turns,
      element("details", {}, element("summary", {}, `${counted(rows.length, "period")} as a table`), numbers));
  });
}

// What a point stands for, and the strongest sentences behind it.
export function behind(found, row) {
  const ids = new Set(found.membership.find(({ series, period }) => series === row.series && period === row.period).sentence);
  const strength = ({ label, probabilities }) => probabilities[label];
  const signals = found.sentences.filter(({ id, label }) => ids.has(id) && label in SIGNS).sort((one, other) => strength(other) - strength(one));
  const list = signals.slice(0, BEHIND).map((sentence) => element("li", {},
    element("b", { class: `mark ${sentence.label}` }, `${SIGNS[sentence.label]} ${shown(strength(sentence))} `), sentence.text));
  return [element("p", {}, `${found.by === "all" ? "" : `${row.series}, `}${describe(row)}`), element("ol", {}, ...list),
    signals.length > BEHIND ? element("p", { class: "quiet" }, `and ${counted(signals.length - BEHIND, "weaker signal")}`) : ""];
}
