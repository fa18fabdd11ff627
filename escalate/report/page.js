"use strict";
// The page reads without this script; it opens what a link leads to and shows a period's sentences beside its marker.
const tip = document.getElementById("tip");
const MOST = 6;

function reveal() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  if (!target) return;
  for (let place = target; place; place = place.parentElement) if (place.tagName === "DETAILS") place.open = true;
  target.scrollIntoView({ block: "center" });
  const focus = target.querySelector("summary") || target;
  if (!focus.hasAttribute("tabindex") && focus.tagName !== "SUMMARY") focus.setAttribute("tabindex", "-1");
  focus.focus({ preventScroll: true });
}

function show(link) {
  const period = document.getElementById(link.getAttribute("href").slice(1));
  if (!period) return;
  const heading = document.createElement("strong");
  heading.textContent = period.querySelector("summary").textContent;
  const list = document.createElement("ol");
  const items = period.querySelectorAll("ol > li");
  for (const item of Array.from(items).slice(0, MOST)) list.append(item.cloneNode(true));
  const rest = document.createElement("p");
  rest.textContent = items.length > MOST ? `and ${items.length - MOST} more: press Enter or click` : "";
  tip.replaceChildren(heading, list, rest);
  tip.classList.toggle("left", link.getBoundingClientRect().left > innerWidth / 2);
  tip.hidden = false;
}

for (const link of document.querySelectorAll('figure a[href^="#p-"]')) {
  link.addEventListener("mouseenter", () => show(link));
  link.addEventListener("focus", () => show(link));
  link.addEventListener("mouseleave", () => { tip.hidden = true; });
  link.addEventListener("blur", () => { tip.hidden = true; });
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
addEventListener("hashchange", reveal);
reveal();
