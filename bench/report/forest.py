"""The chart of a comparison: each ratio with its interval about 1, one panel a metric, or a row where these are few."""

import math
from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench.compare import Change, Comparison
from bench.report import drawing, wording
from bench.report.comparison import MINUS, SHORT, named, reach, step, value
from bench.report.drawing import INK, LINE, MUTED, PAPER, SERIES, WRONG, Chart
from bench.stored.digest import METRICS

Line = tuple[str, Change]
"""What stands at the left, and what is drawn behind it."""

_COLOURS = {"worse": WRONG, "better": SERIES[2], None: MUTED}
_FEW_ROWS, _SIDE_BY_SIDE = 2, 3
_BAND = 0.78
"""Inches between two bands of panels: an axis, its words, and the next one's heading."""
_LEFT, _RIGHT = 0.2, 0.985
_LEAST_SPAN, _MOST_SPAN = math.log(1.04), math.log(3)
_TICKS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


def forest(comparison: Comparison) -> Chart | None:
    """Every ratio of a comparison; nothing where there is none."""
    panels = _panels(comparison)
    if not panels:
        return None
    how = "in the same rounds" if comparison.paired else "over launches"
    title = f"{comparison.after} against {comparison.before}"
    note = f"Ratios with their 95 % intervals {how}; hollow: not comparable."
    with matplotlib.rc_context(drawing.STYLE):  # type: ignore[arg-type]
        return Chart("ratios", wording.plain(title), note, _drawn(panels, wording.plain(title), note))


def _panels(comparison: Comparison) -> dict[str, list[Line]]:
    """What is drawn, by the heading of its panel."""
    known = [one for one in comparison.changes if one.ratio]
    if len(comparison.rows) <= _FEW_ROWS:
        names = [name for name in comparison.rows if any(one.row == name for one in known)]
        return {name: [(named(one), one) for one in known if one.row == name] for name in names}
    metrics = [name for name in METRICS if any(one.metric == name for one in known)]
    return {SHORT[name]: [(one.row, one) for one in known if one.metric == name] for name in metrics}


def _drawn(panels: Mapping[str, Sequence[Line]], title: str, note: str) -> Figure:
    """Panels beside each other in bands, all lines of a band in step, the names at the left."""
    across = min(len(panels), _SIDE_BY_SIDE)
    headed = list(panels.items())
    bands = [headed[at : at + across] for at in range(0, len(headed), across)]
    labels = [list(dict.fromkeys(label for _, lines in band for label, _ in lines)) for band in bands]
    heights = [drawing.STEP * (len(names) + 0.2) for names in labels]
    height = drawing.HEAD + sum(heights) + _BAND * len(bands)
    figure = Figure(figsize=(drawing.WIDTH, height), facecolor=PAPER)
    figure.text(0.012, 1 - 0.2 / height, title, size=13, weight="bold", va="center", gid=drawing.HEADING)
    figure.text(0.012, 1 - 0.46 / height, note, color=MUTED, va="center", gid=drawing.HEADING)
    room = (_RIGHT - _LEFT) / across
    top = height - drawing.HEAD - 0.2
    for band, names, high in zip(bands, labels, heights, strict=True):
        for at, (heading, lines) in enumerate(band):
            place = (_LEFT + room * at + 0.008, (top - high) / height, room - 0.016, high / height)
            axes = figure.add_axes(place)
            _panel(axes, heading, lines, names, figures=0.35 / room)
            if not at:
                _names(axes, names)
        top -= high + _BAND
    return figure


def _panel(axes: Axes, heading: str, lines: Sequence[Line], labels: Sequence[str], figures: float) -> None:
    """One scale with its lines; at its right end, `figures` of the scale's half is left for the ratios themselves."""
    span = _span([one for _, one in lines])
    axes.set_xscale("log")
    axes.set_xlim(math.exp(-span), math.exp(span * (1 + figures)))
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.patch.set_visible(False)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=3, labelsize=8)
    axes.annotate(heading, (0, 1), (2, 5), "axes fraction", "offset points", color=INK, weight="bold", fontsize=9)
    axes.plot([1, 1], [len(labels) - 0.4, -0.6], color=LINE, linewidth=1.4, zorder=0)
    _scale(axes, span)
    for label, one in lines:
        _stretch(axes, labels.index(label), one, span)
    metrics = {one.metric for _, one in lines}
    if len(metrics) == 1:
        metric = METRICS[metrics.pop()]
        ends = (metric.worse, metric.better) if metric.more_is_better else (metric.better, metric.worse)
        axes.set_xlabel(f"\N{LEFTWARDS ARROW} {ends[0]} · {ends[1]} \N{RIGHTWARDS ARROW}", loc="left", fontsize=8)


def _scale(axes: Axes, span: float) -> None:
    most = next((one for one in _TICKS if -math.log1p(-one) <= 0.85 * span), _TICKS[-1])
    axes.xaxis.set_major_locator(FixedLocator([1 - most, 1, 1 + most]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: _tick(round(100 * (ratio - 1)))))
    axes.xaxis.set_minor_locator(NullLocator())


def _tick(percent: int) -> str:
    return f"{'+' if percent > 0 else MINUS}{abs(percent)} %" if percent else "0"


def _stretch(axes: Axes, at: int, one: Change, span: float) -> None:
    """One interval with its ratio as a dot; an arrow where either leaves the scale."""
    if one.ratio is None:
        return
    colour = _COLOURS[one.direction]
    low, high = math.exp(-span), math.exp(span)
    begin, end = one.ratio.low, one.ratio.high
    if begin is not None and end is not None and one.decided:
        (line,) = axes.plot([max(begin, low), min(end, high)], [at, at], color=colour, linewidth=2.2, zorder=2)
        line.set_gid(_gid(one))
        for beyond, where, mark in ((begin < low, low, "<"), (end > high, high, ">")):
            if beyond:
                axes.plot([where], [at], mark, color=colour, markersize=4.5, zorder=3)
    inside = min(max(one.ratio.value, low), high)
    face = colour if one.decided else PAPER
    (dot,) = axes.plot([inside], [at], "o", color=colour, markersize=5.5, markerfacecolor=face, zorder=4)
    dot.set_gid(_gid(one))
    said = axes.annotate(
        step(one.ratio.value), (1, at), (-2, 0), axes.get_yaxis_transform(), "offset points", ha="right", va="center"
    )
    said.set(color=colour if one.direction else INK if one.decided else MUTED, fontsize=8.5)
    said.set_gid(_gid(one))


def _names(axes: Axes, labels: Sequence[str]) -> None:
    for at, label in enumerate(labels):
        axes.annotate(
            wording.plain(label), (0, at), (-8, 0), axes.get_yaxis_transform(), "offset points", ha="right", va="center"
        )


def _gid(one: Change) -> str:
    """Whose mark it is and what hovering over it tells; the page reads it off the SVG's ids."""
    interval = f" ({reach(one.ratio)})" if reach(one.ratio) else ""
    ratio = step(one.ratio.value) if one.ratio else ""
    values = f"{value(one, one.before)}, then {value(one, one.after)}"
    why = f" because {wording.plain(one.because)}" if one.because else ""
    return f"row|{one.row}|{one.row}: {named(one)} {ratio}{interval}, {values}: {one.word}{why}"


def _span(changes: Sequence[Change]) -> float:
    """How far from 1 a panel's scale reaches, in logarithms: to the ends of its intervals, within reason."""
    ends = [
        abs(math.log(max(end, 1e-9)))
        for one in changes
        if one.ratio and one.decided
        for end in (one.ratio.low, one.ratio.high)
        if end is not None
    ]
    return 1.06 * min(max([_LEAST_SPAN, *ends]), _MOST_SPAN)
