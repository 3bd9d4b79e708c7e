"""The chart of throughput over connections: how each row scales, and from where on more of them gain nothing."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from bench.report import drawing, lines, scaling, wording
from bench.report.drawing import PAPER, Chart
from bench.report.rows import Outcome, Row, Summary
from bench.validity import TOLERATED_ERRORS

_FEWEST_LOADS = 3
_FITTED_POINTS = 60


def sweep(summary: Summary) -> Chart | None:
    """Responses per second at every number of connections, logarithmic in both; the fitted law where there is one."""
    rows = [row for row in summary.ranked if len(row.swept) >= _FEWEST_LOADS]
    if not rows:
        return None
    laws = {row.name: scaling.law(_launches(row)) for row in rows}
    title = "Throughput by connections"
    note = _note(summary, [law for law in laws.values() if law], rows)
    figure, axes = lines.paper(len(rows), title, note)
    ends = [_draw(axes, row, laws[row.name], order) for order, row in enumerate(rows)]
    lines.logarithmic(axes, wording.rate)
    _scale(axes, sorted({outcome.load.connections for row in rows for outcome in row.swept}))
    lines.name_ends(axes, ends)
    return Chart("sweep", title, note, figure)


def _launches(row: Row) -> list[dict[int, float]]:
    """Responses per second by connections, launch by launch."""
    seen = {one.load.connections: row.by_round(one.load.name, lambda window: window.throughput) for one in row.swept}
    rounds = sorted({at for speeds in seen.values() for at in speeds})
    return [{connections: speeds[at] for connections, speeds in seen.items() if at in speeds} for at in rounds]


def _note(summary: Summary, laws: Sequence[scaling.Law], rows: Sequence[Row]) -> str:
    said = [f"Closed model. {drawing.intervals(summary)}"]
    if laws:
        said.append(
            "Thin: the fitted scalability law." + (" Diamond: its peak." if any(law.peak for law in laws) else "")
        )
    if any(outcome.wrong > TOLERATED_ERRORS for row in rows for outcome in row.swept):
        said.append("Hollow: wrong answers.")
    return " ".join(said)


def _draw(axes: Axes, row: Row, law: scaling.Law | None, order: int) -> lines.End:
    """One row's points, joined, with their intervals; its law behind them."""
    look = lines.look(order)
    across = [outcome.load.connections for outcome in row.swept]
    up = [outcome.throughput.value for outcome in row.swept]
    (line,) = axes.plot(across, up, **look, linewidth=1.5)
    drawing.belongs(line, row, _tip(row, law))
    reach: list[tuple[float, float]] = []
    for outcome in row.swept:
        known = outcome.throughput
        # A logarithmic scale has no zero: an interval that reaches it goes down to a twentieth.
        low = math.nan if known.low is None else max(known.low, known.value / 20)
        reach += [(outcome.load.connections, end) for end in (low, known.high or math.nan)]
        reach.append((math.nan, math.nan))
        _dot(axes, row, outcome, look["color"])
    (stretch,) = axes.plot(*zip(*reach, strict=True), color=look["color"], linewidth=2.2, solid_capstyle="butt")
    drawing.belongs(stretch, row)
    if law:
        _fitted(axes, row, law, look["color"], across)
    return row, look["color"], across[-1], up[-1]


def _dot(axes: Axes, row: Row, outcome: Outcome, colour: str) -> None:
    face = PAPER if outcome.wrong > TOLERATED_ERRORS else colour
    said = f"{outcome.load.connections} connection{'s' * (outcome.load.connections > 1)}"
    (dot,) = axes.plot([outcome.load.connections], [outcome.throughput.value], "o", color=colour, markersize=4.5)
    dot.set_markerfacecolor(face)
    wrong = f", {wording.share(outcome.wrong)} answered wrongly" if outcome.wrong else ""
    drawing.belongs(dot, row, drawing.told(row, said, outcome.throughput, wording.rate) + wrong)


def _fitted(axes: Axes, row: Row, law: scaling.Law, colour: str, across: Sequence[int]) -> None:
    steps = [across[0] * (across[-1] / across[0]) ** (step / _FITTED_POINTS) for step in range(_FITTED_POINTS + 1)]
    (curve,) = axes.plot(steps, [law.at(step) for step in steps], color=colour, linewidth=0.7, alpha=0.6)
    drawing.belongs(curve, row)
    if law.peak and law.peak.low is not None and law.peak.high is not None:
        top = law.at(law.peak.value)
        (reach,) = axes.plot([law.peak.low, law.peak.high], [top, top], color=colour, linewidth=0.9, alpha=0.8)
        (peak,) = axes.plot([law.peak.value], [top], "D", color=colour, markerfacecolor=PAPER, markersize=5)
        for mark in (reach, peak):
            drawing.belongs(mark, row, _tip(row, law))


def _tip(row: Row, law: scaling.Law | None) -> str:
    best = max(row.swept, key=lambda outcome: outcome.throughput.value)
    said = f"{row.name}: most, {wording.rate(best.throughput.value)}, at {best.load.connections} connections"
    if law and law.peak and law.peak.low is not None and law.peak.high is not None:
        peak = [f"{figure:.0f}" for figure in (law.peak.value, law.peak.low, law.peak.high)]
        said += f"; the fitted law peaks at {peak[0]} ({peak[1]} to {peak[2]})"
    return said


def _scale(axes: Axes, connections: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(connections[0] / 1.1, connections[-1] * 1.1)
    axes.xaxis.set_major_locator(FixedLocator([float(count) for count in connections]))
    axes.xaxis.set_minor_locator(NullLocator())
    drawing.finish(axes, "connections, each with one request out", lambda count: f"{count:.0f}")
