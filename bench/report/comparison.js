
// Rows that are followed stand out in the chart and in the table.
const followed = new Set();
for (const button of all(".follow")) {
  button.addEventListener("click", () => {
    const row = button.closest("tr").dataset.row;
    if (!followed.delete(row)) followed.add(row);
    document.body.classList.toggle("picking", followed.size > 0);
    for (const mark of all("[data-row]")) mark.classList.toggle("picked", followed.has(mark.dataset.row));
    for (const other of all(".follow")) other.setAttribute("aria-pressed", followed.has(other.closest("tr").dataset.row));
  });
}
