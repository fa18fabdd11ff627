// Files for the reader, made in the page.
const FORMULA = /^[=+\-@\t\r]/;

// A cell of text that a spreadsheet would take for a formula gets an apostrophe in front; JSON holds the text as it is.
function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = String(value);
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

// The mark at the start tells Excel that the file is UTF-8.
export function csv(rows) {
  const names = Object.keys(rows[0] ?? {});
  return "\ufeff" + [names.join(","), ...rows.map((row) => names.map((name) => cell(row[name])).join(","))].join("\r\n") + "\r\n";
}

export function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
