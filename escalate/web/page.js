// The form, the requests and what is made of the answers.
import { SIGNS, drivers, listing, prose } from "./article.js";
import { behind, charts } from "./chart.js";
import { csv, save } from "./downloads.js";
import { $, counted, element, shown } from "./elements.js";

const EXPLAINED = 4;
let articles = [], line = null, run = 0, drawn = 0;

async function ask(path, body) {
  const headers = { "Content-Type": "application/json", ...($("key").value && { "X-API-Key": $("key").value }) };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.ok) return response.json();
  if (response.status === 401) $("key-row").hidden = false;
  const problem = await response.json().catch(() => ({ detail: response.statusText }));
  throw new Error(problem.detail);
}

function fail(error, place = "") {
  $("error").textContent = place + (error instanceof TypeError ? "The service cannot be reached." : error.message);
  $("error").hidden = false;
  $("status").textContent = "";
}

const split = (text) => (text.toWellFormed?.() ?? text).split(/^={5,}[ \t]*$/m).map((part) => part.trim()).filter(Boolean);

function choose(sentence) {
  const bars = Object.entries(sentence.probabilities).flatMap(([label, value]) => [element("span", { class: "bar" },
    `${SIGNS[label] ?? ""} ${label} ${shown(value)} `, element("meter", { value, min: 0, max: 1, "aria-hidden": "true" })), " "]);
  const words = drivers(sentence).map((word) => `${word.text} (+${shown(word.weight)})`).join(", ");
  const notes = [words && `Rests on: ${words}.`, sentence.truncated && "Too long: its end was not read.",
    sentence.abstained && "The model is not sure enough."].filter(Boolean).join(" ");
  say(element("p", {}, ...bars), element("p", {}, notes));
}

function choosePeriod(row) {
  say(...behind(line, row));
}

function say(...parts) {
  $("said").replaceChildren(...parts);
  $("detail").hidden = false;
}

const named = (code) => new Intl.DisplayNames("en", { type: "language" }).of(code);
const signed = (value) => (value >= 0.005 ? `+${shown(value)}` : shown(value));

function foreign({ language }) {
  return language ? [element("p", { class: "warn" },
    `This text reads as another language (${named(language)}); the model knows English only, and its labels mean little.`)] : [];
}

function show() {
  const kept = document.activeElement?.closest?.(".prose");
  const spot = kept && [[...document.querySelectorAll(".prose")].indexOf(kept), [...kept.querySelectorAll(".sentence")].indexOf(document.activeElement)];
  $("articles").replaceChildren(...articles.map(({ text, found }, number) => {
    const name = [`Article ${number + 1}`, found.date].filter(Boolean).join(", ");
    const counts = Object.entries(found.counts).map(([label, count]) => `${count} ${label}`).join(", ");
    const sum = `${counted(found.sentences.length, "sentence")}: ${counts}; ` +
      `mean score ${signed(found.score)}` + (found.interval ? `, 95% interval ${found.interval.map(signed).join(" to ")}` : "") +
      (found.actors.length ? `; actors: ${found.actors.join(", ")}` : "");
    return element("section", { "aria-label": name }, element("h3", {}, name), ...foreign(found), element("p", {}, sum),
      prose(text, found.sentences, choose, found.language),
      element("details", {}, element("summary", {}, "As a table"), listing(`Sentences of ${name}`, found.sentences)));
  }));
  $("results").hidden = false;
  if (spot) document.querySelectorAll(".prose")[spot[0]]?.querySelectorAll(".sentence")[spot[1]]?.focus();
}

async function explain(mine) {
  const signals = articles.flatMap(({ found }) => found.sentences).filter((sentence) => sentence.label in SIGNS);
  for (let place = 0; place < signals.length && mine === run; place += EXPLAINED) {
    const part = signals.slice(place, place + EXPLAINED);
    const { predictions } = await ask("/v1/predict", { texts: part.map((sentence) => sentence.text), explain: true });
    if (mine !== run) return;
    part.forEach((sentence, number) => { sentence.words = predictions[number].words; });
    $("status").textContent = `Weighing words: ${Math.min(place + EXPLAINED, signals.length)} of ${signals.length} signals`;
  }
  if (mine === run) show();
}

async function draw(mine) {
  // A series leaves out what is in another language.
  const dated = articles.filter(({ found }) => found.date && !found.language);
  const turn = ++drawn;
  $("detail").hidden = true;
  if (dated.length < 2) return false;
  $("status").textContent = "Drawing the time line";
  const given = articles.flatMap(({ text, found }, number) => (found.date ? [{ id: `article-${number + 1}`, text, date: found.date }] : []));
  const found = await ask("/v1/timeline", { articles: given, by: $("by").value, freq: $("freq").value }).catch((error) => error);
  if (mine !== run || turn !== drawn) return false;
  const failed = found instanceof Error;
  // Without a time line too its choices are shown: series of another kind may be possible.
  put(failed ? null : found);
  if (failed) fail(found);
  return !failed;
}

function put(found) {
  line = found;
  $("line").hidden = false;
  $("line-csv").disabled = $("line-json").disabled = !line;
  $("charts").replaceChildren(...(line ? charts(line, choosePeriod) : []));
}

async function redraw(mine) {
  $("error").hidden = true;
  if (await draw(mine)) done();
}

async function read() {
  const mine = ++run, texts = split($("text").value);
  let place = "";
  $("error").hidden = $("results").hidden = $("line").hidden = $("detail").hidden = true;
  articles = [];
  $("read").disabled = texts.length > 0;
  if (!texts.length) return fail(new Error("There is no text to read; paste an article."));
  try {
    for (const [number, text] of texts.entries()) {
      $("status").textContent = texts.length > 1 ? `Reading article ${number + 1} of ${texts.length}` : "Reading";
      place = texts.length > 1 ? `Article ${number + 1}: ` : "";
      const found = await ask("/v1/article", { text });
      if (mine !== run) return;
      articles.push({ text, found });
    }
    place = "";
    show();
    await draw(mine);
    if ($("explain").checked) await explain(mine);
    if (mine === run) done();
  } catch (error) {
    if (mine === run) fail(error, place);
  } finally {
    if (mine === run) $("read").disabled = false;
  }
}

function done() {
  const count = articles.reduce((sum, { found }) => sum + found.sentences.length, 0);
  const out = articles.flatMap(({ found: { date, language } }, number) =>
    (date && !language ? [] : [`article ${number + 1} (${language ? named(language) : "no date"})`]));
  $("status").textContent = `Read ${counted(count, "sentence")} of ${counted(articles.length, "article")}.` +
    (articles.length > 1 && out.length ? ` In no time line: ${out.join(", ")}.` : "");
}

function rows() {
  return articles.flatMap(({ found }, number) => found.sentences.map((sentence, place) => ({
    article: number + 1, date: found.date, sentence: place + 1, start: sentence.start, end: sentence.end, label: sentence.label,
    ...Object.fromEntries(Object.entries(sentence.probabilities).map(([label, value]) => [`p_${label}`, value])), score: sentence.score,
    words: drivers(sentence).map((word) => word.text).join(" "), text: sentence.text })));
}

async function plain(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()).trim();
  } catch {
    throw new Error(`${file.name} is not a text file in UTF-8; save it as one, or paste its text.`);
  }
}

async function open(files) {
  const texts = await Promise.all([...files].map(plain));
  $("error").hidden = true;
  $("text").value = [...split($("text").value), ...texts].join("\n\n=====\n\n");
  $("status").textContent = `${counted(texts.length, "file")} opened.`;
  $("text").focus();
}

$("form").addEventListener("submit", (event) => { event.preventDefault(); read(); });
$("text").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit(); });
$("files").addEventListener("change", (event) => { open(event.target.files).catch(fail).finally(() => { event.target.value = ""; }); });
$("clear").addEventListener("click", () => { run++; $("read").disabled = false; $("text").value = $("status").textContent = ""; $("results").hidden = $("error").hidden = true; $("text").focus(); });
// Anywhere on the page: for a file that is dropped beside the form the browser would leave it.
for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  $("form").classList.add("over");
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("form").classList.remove("over"); });
document.addEventListener("drop", (event) => {
  $("form").classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  open(event.dataTransfer.files).catch(fail);
});
for (const name of ["by", "freq"]) $(name).addEventListener("change", () => redraw(run));
$("csv").addEventListener("click", () => save("sentences.csv", csv(rows()), "text/csv"));
$("json").addEventListener("click", () => save("sentences.json", JSON.stringify(articles.map(({ found }) => found), null, 1), "application/json"));
$("line-csv").addEventListener("click", () => save("timeline.csv", csv(line.periods), "text/csv"));
$("line-json").addEventListener("click", () => save("timeline.json", JSON.stringify(line, null, 1), "application/json"));
$("close").addEventListener("click", () => { $("detail").hidden = true; });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") $("detail").hidden = true; });
