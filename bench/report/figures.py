"""The charts, one function each; each draws what the rows have and gives nothing when they have nothing to draw."""

from collections.abc import Iterator, Sequence

import matplotlib
from matplotlib.axes import Axes

from bench.judgement import Estimate
from bench.report import drawing, wording
from bench.report.connections import sweep
from bench.report.curves import latency
from bench.report.drawing import ACCENT, INK, MUTED, SECOND, WRONG, Chart
from bench.report.faults import errors
from bench.report.rows import Row, Summary, furthest
from bench.report.rules import wrong
from bench.report.starts import cold_start
from bench.report.timeline import timeline


def charts(summary: Summary) -> Iterator[Chart]:
    """Every chart that the run has figures for."""
    with matplotlib.rc_context(drawing.STYLE):  # type: ignore[arg-type]
        for draw in (throughput, cost, latency, memory, cold_start, sweep, timeline, errors):
            chart = draw(summary)
            if chart:
                yield chart


def throughput(summary: Summary) -> Chart | None:
    """Responses per second at capacity, with intervals; struck out rows hollow, with the reason."""
    if not any(row.throughput for row in summary.rows):
        return None
    title, note = "Throughput at capacity", f"Verified responses per second. {drawing.intervals(summary)}"
    figure, (axes,) = drawing.paper(len(summary.rows), title, note)
    drawing.list_rows(axes, summary.rows)
    end = furthest(row.throughput for row in summary.rows)
    axes.set_xlim(0, end * 1.2)
    for at, row in enumerate(summary.rows):
        said = "" if row.valid else wrong(row.verdict.word)
        if row.throughput:
            axes.barh(at, row.throughput.value, 0.62, color=ACCENT if row.valid else MUTED, alpha=0.16)
            tip = drawing.told(row, "throughput", row.throughput, wording.rate)
            drawing.stretch(axes, at, row.throughput, end, row, tip, _colour(row))
            said = said or f"{wording.number(row.throughput.value)}  {wording.spread(row.throughput)}"
        behind = min(row.throughput.high or row.throughput.value, end) if row.throughput else 0
        drawing.label(axes, behind, at, said, INK if row.valid else WRONG)
    drawing.finish(axes, "responses per second", wording.number)
    return Chart("throughput", title, note, figure)


def cost(summary: Summary) -> Chart | None:
    """CPU time per response: the server's own and, behind it, the front proxy's."""
    rows = sorted((row for row in summary.ranked if row.cpu), key=lambda row: row.cpu.value if row.cpu else 0)
    if not rows:
        return None
    title = "CPU time per response"
    note = f"Whole process tree, front proxy shown apart{_where(rows)}. {drawing.intervals(summary)}"
    figure, (axes,) = drawing.paper(len(rows), title, note)
    drawing.list_rows(axes, rows)
    end = drawing.scale(axes, [row.cpu for row in rows], 0.14)
    for at, row in enumerate(rows):
        if row.costing and row.cpu:
            _split(axes, at, row, row.cpu, row.costing.server_cpu or 0.0, end)
            drawing.label(axes, min(row.cpu.high or row.cpu.value, end), at, wording.time(row.cpu.value), INK)
    if any(row.costing and row.costing.front_cpu for row in rows):
        drawing.key(axes, (("server", ACCENT), ("front proxy", SECOND)))
    drawing.finish(axes, "CPU time per verified response", wording.time)
    return Chart("cost", title, note, figure)


def _where(rows: Sequence[Row]) -> str:
    return "; driver on the server's core" if any(row.costing and row.costing.load.shared for row in rows) else ""


def _split(axes: Axes, at: float, row: Row, whole: Estimate, own: float, end: float) -> None:
    """The bar of one row in the server's and the front's colour, with the whole's interval; cut at the scale's end."""
    tip = drawing.told(row, "CPU per response", whole, wording.time)
    for begin, stop, colour in ((0.0, own, ACCENT), (own, whole.value, SECOND)):
        if min(stop, end) > begin:
            (bar,) = axes.barh(at, min(stop, end) - begin, 0.62, begin, color=colour, alpha=0.85)
            drawing.belongs(bar, row, tip)
    if whole.low is not None and whole.high is not None and whole.low < end:
        axes.plot([whole.low, min(whole.high, end)], [at, at], color=INK, linewidth=1.3)
    drawing.go_on(axes, at, whole.high or whole.value, end, INK)


def memory(summary: Summary) -> Chart | None:
    """Memory before and after load."""
    rows = [row for row in summary.ranked if row.memory_loaded or row.memory_idle]
    if not rows:
        return None
    rows.sort(key=lambda row: max(known.value for known in (row.memory_idle, row.memory_loaded) if known))
    kind = {"pss": "proportional set size", "rss": "resident set size", "private": "private bytes"}
    title, note = "Memory", f"Of the whole process tree, {kind[summary.run.machine.memory_kind]}: idle and loaded."
    figure, (axes,) = drawing.paper(len(rows), title, note)
    drawing.list_rows(axes, rows)
    for at, row in enumerate(rows):
        known = [estimate.value for estimate in (row.memory_idle, row.memory_loaded) if estimate]
        tip = f"{row.name}: {' idle, '.join(map(wording.size, known))} loaded" if len(known) == 2 else row.name
        axes.plot([min(known), max(known)], [at, at], color=ACCENT, alpha=0.4, linewidth=3, solid_capstyle="butt")
        for estimate, face in ((row.memory_idle, drawing.PAPER), (row.memory_loaded, ACCENT)):
            if estimate:
                (dot,) = axes.plot([estimate.value], [at], "o", color=ACCENT, markerfacecolor=face, markersize=6)
                drawing.belongs(dot, row, tip)
        drawing.label(axes, max(known), at, wording.size(max(known)), INK)
    axes.set_xlim(0, axes.get_xlim()[1] * 1.08)
    drawing.key(axes, (("idle", drawing.PAPER), ("loaded", ACCENT)))
    drawing.finish(axes, "memory", wording.size)
    return Chart("memory", title, note, figure)


def _colour(row: Row) -> str:
    return ACCENT if row.valid else MUTED
