// The form, the requests and what is made of the answers.
import { SIGNS, drivers, listing, prose } from "./article.js";
import { charts, describe } from "./chart.js";
import { csv, save } from "./downloads.js";
import { $, element, shown } from "./elements.js";

const EXPLAINED = 4;
let articles = [], line = null, run = 0;

async function ask(path, body) {
  const headers = { "Content-Type": "application/json", ...($("key").value && { "X-API-Key": $("key").value }) };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.ok) return response.json();
  if (response.status === 401) $("key-row").hidden = false;
  const problem = await response.json().catch(() => ({ detail: response.statusText }));
  throw new Error(problem.detail);
}

function fail(error) {
  $("error").textContent = error instanceof TypeError ? "The service cannot be reached." : error.message;
  $("error").hidden = false;
  $("status").textContent = "";
}

const split = (text) => (text.toWellFormed?.() ?? text).split(/^={5,}[ \t]*$/m).map((part) => part.trim()).filter(Boolean);

function choose(sentence) {
  const bars = Object.entries(sentence.probabilities).flatMap(([label, value]) =>
    [`${SIGNS[label] ?? ""} ${label} ${shown(value)} `, element("meter", { value, min: 0, max: 1, "aria-hidden": "true" }), " "]);
  const words = drivers(sentence).map((word) => `${word.text} (+${shown(word.weight)})`).join(", ");
  const notes = [words && `Rests on: ${words}.`, sentence.truncated && "Too long: its end was not read.",
    sentence.abstained && "The model is not sure enough."].filter(Boolean).join(" ");
  $("detail").replaceChildren(element("p", {}, ...bars), element("p", {}, notes));
  $("detail").hidden = false;
}

function choosePeriod(row) {
  $("detail").replaceChildren(element("p", {}, `${row.series}, ${describe(row)}`));
  $("detail").hidden = false;
}

function foreign({ language }) {
  return language ? [element("p", { class: "warn" },
    `This text reads as another language (${language}); the model knows English only, and its labels mean little.`)] : [];
}

function show() {
  const kept = document.activeElement?.closest?.(".prose");
  const spot = kept && [[...document.querySelectorAll(".prose")].indexOf(kept), [...kept.querySelectorAll(".sentence")].indexOf(document.activeElement)];
  $("articles").replaceChildren(...articles.map(({ text, found }, number) => {
    const name = [`Article ${number + 1}`, found.date].filter(Boolean).join(", ");
    const { escalation, "de-escalation": less, neutral } = found.counts;
    const sum = `${found.sentences.length} sentences: ${escalation} escalation, ${less} de-escalation, ${neutral} neutral; ` +
      `mean score ${shown(found.score)} [${found.interval.map(shown).join(", ")}]` +
      (found.actors.length ? `; names ${found.actors.join(", ")}` : "");
    return element("section", { "aria-label": name }, element("h3", {}, name), element("p", {}, sum), ...foreign(found),
      prose(text, found.sentences, choose),
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
  $("line").hidden = dated.length < 2;
  line = null;
  if (dated.length < 2) return;
  const given = articles.flatMap(({ text, found }, number) => (found.date ? [{ id: `article-${number + 1}`, text, date: found.date }] : []));
  const found = await ask("/v1/timeline", { articles: given, by: $("by").value, freq: $("freq").value });
  if (mine !== run) return;
  line = found;
  $("charts").replaceChildren(...charts(line, choosePeriod));
}

async function read() {
  const mine = ++run, texts = split($("text").value);
  $("error").hidden = $("results").hidden = $("detail").hidden = true;
  articles = [];
  if (!texts.length) return fail(new Error("There is no text to read; paste an article."));
  $("read").disabled = true;
  try {
    for (const [number, text] of texts.entries()) {
      $("status").textContent = texts.length > 1 ? `Reading article ${number + 1} of ${texts.length}` : "Reading";
      articles.push({ text, found: await ask("/v1/article", { text }) });
    }
    show();
    await draw(mine);
    if ($("explain").checked) await explain(mine);
    const count = articles.reduce((sum, { found }) => sum + found.sentences.length, 0);
    $("status").textContent = `Read ${count} sentences of ${articles.length} article${articles.length > 1 ? "s" : ""}.`;
  } catch (error) {
    fail(error);
  } finally {
    $("read").disabled = false;
  }
}

function rows() {
  return articles.flatMap(({ found }, number) => found.sentences.map((sentence, place) => ({
    article: number + 1, date: found.date, sentence: place + 1, start: sentence.start, end: sentence.end, label: sentence.label,
    ...Object.fromEntries(Object.entries(sentence.probabilities).map(([label, value]) => [`p_${label}`, value])), score: sentence.score,
    words: drivers(sentence).map((word) => word.text).join(" "), text: sentence.text })));
}

async function open(files) {
  const texts = await Promise.all([...files].map((file) => file.text()));
  $("text").value = [...split($("text").value), ...texts.map((text) => text.trim())].join("\n\n=====\n\n");
  $("status").textContent = `${texts.length} file${texts.length > 1 ? "s" : ""} opened.`;
  $("text").focus();
}

$("form").addEventListener("submit", (event) => { event.preventDefault(); read(); });
$("text").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit(); });
$("files").addEventListener("change", (event) => { open(event.target.files).then(() => { event.target.value = ""; }); });
$("clear").addEventListener("click", () => { run++; $("text").value = $("status").textContent = ""; $("results").hidden = $("error").hidden = true; $("text").focus(); });
for (const name of ["dragenter", "dragover"]) $("form").addEventListener(name, (event) => { event.preventDefault(); $("form").classList.add("over"); });
$("form").addEventListener("dragleave", () => $("form").classList.remove("over"));
$("form").addEventListener("drop", (event) => {
  event.preventDefault();
  $("form").classList.remove("over");
  if (event.dataTransfer.files.length) open(event.dataTransfer.files);
  else $("text").value += event.dataTransfer.getData("text/plain");
});
for (const name of ["by", "freq"]) $(name).addEventListener("change", () => { $("error").hidden = true; draw(run).catch(fail); });
$("csv").addEventListener("click", () => save("sentences.csv", csv(rows()), "text/csv"));
$("json").addEventListener("click", () => save("sentences.json", JSON.stringify(articles.map(({ found }) => found), null, 1), "application/json"));
$("line-csv").addEventListener("click", () => save("timeline.csv", csv(line.periods), "text/csv"));
$("line-json").addEventListener("click", () => save("timeline.json", JSON.stringify(line, null, 1), "application/json"));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") $("detail").hidden = true; });
