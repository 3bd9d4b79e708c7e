"""Reports of a run, as functions of its records: ranking, page, charts, tables. Nothing is measured here.

What draws (Matplotlib, pandas, Jinja) is imported only when a report is written, so that a ranking appears at once.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from bench import journal
from bench.errors import JournalError
from bench.report.rows import Summary
from bench.report.summary import summarise

DOTS_PER_INCH = 200
"""Twice what a screen shows, so that charts stay sharp where they are enlarged."""


def write(folder: Path) -> list[Path]:
    """Write report.html, the charts, table.csv, table.parquet and summary.md beside a run's records; give their paths.

    Raises JournalError where the records cannot be read or the folder cannot be written.
    """
    summary = summarise(journal.read(folder))
    try:
        # Not in their place before all are written: where there is no room for them, an earlier report stays whole.
        with TemporaryDirectory(prefix=".report-", dir=folder) as aside:
            return [path.replace(folder / path.name) for path in _write(summary, Path(aside))]
    except OSError as error:
        raise JournalError(
            f"the report cannot be written to {folder}: {error.strerror}. The records in it are whole: give it room, "
            f"then 'bench report {folder}'."
        ) from None


def _write(summary: Summary, folder: Path) -> list[Path]:
    from bench.report import figures, frame, markdown, page, svg

    names = [row.name for row in summary.rows]
    written, drawings = [], []
    for chart in figures.charts(summary):
        written.append(folder / f"{chart.name}.png")
        chart.figure.savefig(written[-1], dpi=DOTS_PER_INCH, pil_kwargs={"compress_level": 4})
        if chart.name not in page.DRAWN_BY_ITSELF:
            drawings.append(page.Drawing(chart.name, chart.title, chart.note, svg.drawn(chart, names)))
    texts = {"report.html": page.page(summary, drawings), "summary.md": markdown.page(summary)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / "report.html", *written, *frame.write(summary, folder), folder / "summary.md"]
