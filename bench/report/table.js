"use strict";
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const tip = document.getElementById("tip");

// Numbers by size, words by alphabet, what was not measured always last.
function sorted(items, value, descending) {
  const compared = (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = isNaN(a) || isNaN(b) ? (a > b) - (a < b) : a - b;
    return descending ? -order : order;
  };
  return items.sort(compared);
}

for (const button of all("#table thead button")) {
  const heading = button.parentElement;
  button.addEventListener("click", () => {
    const column = [...heading.parentElement.children].indexOf(heading);
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentElement.children) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const lines = all("#table tbody tr");
    document.querySelector("#table tbody").append(...sorted(lines, (line) => line.children[column].dataset.value, !ascending));
  });
}

for (const chart of all(".chart")) {
  chart.addEventListener("pointermove", (event) => {
    const said = event.target.closest("[data-tip]")?.dataset.tip;
    tip.hidden = !said;
    if (!said) return;
    tip.textContent = said;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.max(8, event.clientY - tip.offsetHeight - 12)}px`;
  });
  chart.addEventListener("pointerleave", () => { tip.hidden = true; });
}

for (const button of all(".copy")) {
  button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("pre").textContent;
    try { await navigator.clipboard.writeText(text); button.textContent = "copied"; }
    catch { getSelection().selectAllChildren(button.parentElement.querySelector("pre")); button.textContent = "selected"; }
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}

// Several words show the rows that hold any of them.
document.getElementById("filter")?.addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
  for (const line of all("[data-name]")) {
    const name = line.dataset.name.toLowerCase();
    line.classList.toggle("hidden", words.length > 0 && !words.some((word) => name.includes(word)));
  }
});

