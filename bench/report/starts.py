"""The chart of cold starts: how long until a launched server answers, and how slow its first answers are."""

from matplotlib.ticker import LogLocator

from bench.report import drawing, wording
from bench.report.drawing import ACCENT, INK, SECOND, Chart
from bench.report.rows import Summary


def cold_start(summary: Summary) -> Chart | None:
    """From launch to the first right answer; and how long the first and the second request waited for a byte."""
    rows = sorted((row for row in summary.ranked if row.ready), key=lambda row: row.ready.value if row.ready else 0)
    if not rows:
        return None
    title, note = (
        "Cold start",
        f"From launch to the first right answer, and the first two requests. {drawing.intervals(summary)}",
    )
    figure, (launch, bytes_) = drawing.paper(len(rows), title, note, panels=2)
    drawing.list_rows(launch, rows)
    end = drawing.scale(launch, [row.ready for row in rows], 0.22)
    for at, row in enumerate(rows):
        if row.ready:
            tip = drawing.told(row, "ready after", row.ready, wording.time)
            drawing.stretch(launch, at, row.ready, end, row, tip, ACCENT)
            drawing.label(launch, min(row.ready.high or row.ready.value, end), at, wording.time(row.ready.value), INK)
        for estimate, which, face in ((row.first_byte, "first", SECOND), (row.second_byte, "second", drawing.PAPER)):
            if estimate:
                (dot,) = bytes_.plot([estimate.value], [at], "o", color=SECOND, markerfacecolor=face, markersize=6)
                drawing.belongs(dot, row, drawing.told(row, f"{which} request's first byte", estimate, wording.time))
    bytes_.set_xscale("log")
    least, most = bytes_.get_xlim()
    bytes_.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if most < 15 * least else (1,)))
    bytes_.tick_params(which="minor", length=0)
    drawing.key(bytes_, (("first request", SECOND), ("second", drawing.PAPER)), edge=SECOND)
    drawing.finish(launch, "launch to first right answer", wording.time)
    drawing.finish(bytes_, "time to first byte", wording.time)
    return Chart("cold-start", title, note, figure)
