"""The chart of latencies: whole distributions up to the rare slow answers, at a rate that is the same for every row."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from bench.histogram import Histogram
from bench.report import drawing, lines, wording
from bench.report.drawing import Chart
from bench.report.rows import Outcome, Row, Summary

_TICKS = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)


def latency(summary: Summary) -> Chart | None:
    """Latency over percentile, logarithmic in both, one line a row with its name at its end."""
    drawn = [(row, row.common) for row in summary.ranked if row.common and row.common.latency.counts]
    if not drawn:
        return None
    title = "Latency at one rate for all rows"
    note = f"Open model, {_rates([outcome for _, outcome in drawn])}; from the intended send time."
    if any(outcome.doubt for _, outcome in drawn):
        note += " Faint: the driver was late itself."
    figure, axes = lines.paper(len(drawn), title, note)
    ends = []
    for order, (row, outcome) in enumerate(drawn):
        across, up = _curve(outcome.latency)
        faint, look = 0.4 if outcome.doubt else 1.0, lines.look(order)
        (line,) = axes.plot(across, up, **look, linewidth=1.7 * faint**0.5, alpha=faint)
        drawing.belongs(line, row, _tip(row, outcome))
        ends.append((row, look["color"], across[-1], up[-1]))
    _scales(axes, max(across for _, _, across, _ in ends), min(_floor(outcome) for _, outcome in drawn))
    lines.name_ends(axes, ends)
    return Chart("latency", title, note, figure)


def _rates(outcomes: Sequence[Outcome]) -> str:
    rates = [outcome.rate for outcome in outcomes if outcome.rate is not None]
    if not rates:
        return "at an unknown rate"
    low, high = wording.number(min(rates)), wording.number(max(rates))
    return f"{low} requests/s" if low == high else f"{low} to {high} requests/s"


def _curve(histogram: Histogram) -> tuple[list[float], list[float]]:
    """Percentiles as numbers of nines and seconds, no finer than can be seen, no further than half a response."""
    last = _nines(1 - 0.5 / histogram.count)
    across, up = [0.0], [histogram.minimum or 0.0]
    for share, seconds in histogram.curve():
        at = min(_nines(share), last)
        if at - across[-1] > 0.01 or at == last:
            across.append(at)
            up.append(seconds)
    return across, up


def _floor(outcome: Outcome) -> float:
    # The very fastest answers say little and would take half of the paper.
    return 0.9 * (outcome.latency.quantile(0.1) or 0.0)


def _nines(share: float) -> float:
    return -math.log10(1 - share) if share < 1 else math.inf


def _tip(row: Row, outcome: Outcome) -> str:
    figures = ", ".join(f"{name} {wording.time(seconds)}" for name, seconds in outcome.quantiles.items())
    return f"{row.name}: {figures}"


def _scales(axes: Axes, furthest: float, floor: float) -> None:
    ticks = [share for share in _TICKS if _nines(share) <= furthest]
    axes.set_xlim(0, furthest)
    axes.set_xticks([_nines(share) for share in ticks], ["median", *(f"p{100 * share:g}" for share in ticks[1:])])
    axes.set_xlabel("percentile of requests, the slow tail stretched")
    lines.logarithmic(axes, wording.time)
    axes.set_ylim(bottom=floor)
