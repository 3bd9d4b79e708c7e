const rows = document.getElementById("rows");

for (const button of all("[data-sort]")) {
  button.addEventListener("click", () => {
    const key = button.dataset.sort;
    const again = button.getAttribute("aria-pressed") === "true" && button.dataset.turned !== "true";
    for (const other of all("[data-sort]")) {
      other.setAttribute("aria-pressed", other === button);
      delete other.dataset.turned;
    }
    if (again) button.dataset.turned = "true";
    rows.classList.toggle("sorted", key !== "order");
    const descending = (key === "throughput") !== again;
    rows.append(...sorted(all(".row", rows), (row) => row.dataset[key], descending));
  });
}

function highlight() {
  const picked = new Set(all(".row", rows).filter((row) => row.querySelector(".pick").checked).map((row) => row.dataset.row));
  document.body.classList.toggle("picking", picked.size > 0);
  for (const mark of all("[data-row]")) mark.classList.toggle("picked", picked.has(mark.dataset.row));
}
for (const box of all(".pick")) box.addEventListener("change", highlight);

for (const chart of all(".chart")) {
  chart.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]")?.dataset.row;
    const box = row && rows.querySelector(`.row[data-row="${row}"] .pick`);
    if (box) box.click();
  });
}

// A link to a row opens it.
function reveal() {
  const row = location.hash.startsWith("#row-") && document.getElementById(location.hash.slice(1));
  if (row) row.open = true;
}
addEventListener("hashchange", reveal);
reveal();
