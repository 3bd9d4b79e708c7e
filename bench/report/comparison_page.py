"""A comparison as one HTML file that needs no network, with its chart beside it as a picture."""

from pathlib import Path

import matplotlib

from bench.compare import Comparison
from bench.errors import JournalError
from bench.report import DOTS_PER_INCH, comparison, drawing, svg
from bench.report.document import document
from bench.report.drawing import Chart
from bench.report.forest import forest
from bench.report.page import Drawing
from bench.stored.digest import METRICS


def write(found: Comparison, path: Path) -> Path:
    """Write the page, and its chart as a PNG of the same name; gives the page's path.

    A name without an ending is a folder, which gets `compare.html`.
    """
    path = path if path.suffix else path / "compare.html"
    chart = forest(found)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(found, chart), encoding="utf-8")
        if chart:
            chart.figure.savefig(path.with_suffix(".png"), dpi=DOTS_PER_INCH)
    except OSError as error:
        raise JournalError(f"the page cannot be written to {path}: {error.strerror}.") from None
    return path


def page(found: Comparison, chart: Chart | None) -> str:
    """The whole document; what comes from servers, files and logs is escaped and rid of control characters."""
    names = list(found.rows)
    with matplotlib.rc_context(drawing.STYLE):  # type: ignore[arg-type]
        markup = svg.drawn(chart, names) if chart else None
    return document(
        "comparison.html",
        styles=("page.css", "comparison.css"),
        scripts=("table.js", "comparison.js"),
        comparison=found,
        headline=comparison.headline(found),
        remarks=comparison.remarks(found),
        changed=comparison.what_changed(found.differences),
        drawing=Drawing(chart.name, chart.title, chart.note, markup) if chart and markup else None,
        names=names,
        metrics=METRICS,
        named=comparison.named,
        value=comparison.value,
        step=comparison.step,
        reach=comparison.reach,
    )
