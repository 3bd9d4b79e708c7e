"""The chart of throughput over time: whether a figure was steady or the mean of ups and downs."""

import math
import statistics
from collections.abc import Iterable, Iterator

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from bench.model import Record, Seconds
from bench.report import drawing, wording
from bench.report.drawing import ACCENT, INK, LINE, Chart
from bench.report.rows import Row, Summary

_FULL = 0.8
"""The height that a row's mean has, in rows of paper; twice the mean would touch the row above."""
_GAP: Seconds = 0.15
_MOST_STEPS = 120
"""More of them across the paper could not be told apart."""

Step = tuple[Seconds, float]
"""How long it took, and how many responses came."""


def timeline(summary: Summary) -> Chart | None:
    """One strip a row: every window at capacity, launch after launch, each strip on its row's own scale."""
    strips = [(row, strip) for row in summary.ranked if (strip := list(_launches(row)))]
    if not strips:
        return None
    rows = [row for row, _ in strips]
    title = "Throughput over time"
    note = "At capacity, a gap between launches; shaded to the mean. Right: mean and scatter between steps."
    figure, (axes,) = drawing.paper(1.5 * len(rows), title, note)
    drawing.list_rows(axes, rows)
    axes.set_ylim(len(rows) - 0.45, -1.1)
    longest = max(_length(strip) for _, strip in strips)
    for at, (row, strip) in enumerate(strips):
        _draw(axes, at, row, strip, longest)
    axes.set_xlim(0, longest * 1.17)
    drawing.finish(axes, "seconds under load", lambda value: f"{value:g}")
    return Chart("timeline", title, note, figure)


def _draw(axes: Axes, at: int, row: Row, strip: list[list[Step]], longest: Seconds) -> None:
    speeds = [count / seconds for launch in strip for seconds, count in launch]
    mean = statistics.fmean(speeds)
    scatter = statistics.pstdev(speeds) / mean if mean else 0.0
    across: list[float] = []
    up: list[float] = []
    base, now = at + 0.4, 0.0
    for launch in strip:
        width = sum(seconds for seconds, _ in launch)
        axes.add_patch(Rectangle((now, base - _FULL), width, _FULL, color=ACCENT, alpha=0.14, linewidth=0))
        for seconds, count in _pooled(launch, longest / _MOST_STEPS):
            across += [now, now + seconds]
            up += [base - _FULL * min(count / seconds / mean, 2) if mean else base] * 2
            now += seconds
        across.append(math.nan)
        up.append(math.nan)
        now += _GAP
    axes.plot([0, longest], [base, base], color=LINE, linewidth=0.8)
    (line,) = axes.plot(across, up, color=ACCENT, linewidth=1.2)
    drawing.belongs(line, row, f"{row.name}: mean {wording.rate(mean)}, scatter {wording.share(scatter)} between steps")
    drawing.label(axes, longest, at, f"{wording.number(mean)} · {100 * scatter:.0f} %", INK)


def _length(strip: list[list[Step]]) -> Seconds:
    return sum(seconds for launch in strip for seconds, _ in launch) + _GAP * (len(strip) - 1)


def _launches(row: Row) -> Iterator[list[Step]]:
    """The steps of each good launch's windows at capacity, one behind the other."""
    name = row.capacity.load.name if row.capacity else None
    for record in row.records:
        steps = list(_steps(record, name)) if record.failure is None else []
        if steps:
            yield steps


def _steps(record: Record, load: str | None) -> Iterator[Step]:
    for window in record.windows:
        if window.load == load and window.slices:
            yield from zip(window.slices.wall, window.slices.responses, strict=True)
        elif window.load == load and window.series_step:
            # The last step, if the window ended within it, is left out.
            whole = int(window.duration / window.series_step + 1e-6)
            yield from ((window.series_step, count) for count in window.series[:whole])


def _pooled(steps: Iterable[Step], least: Seconds) -> Iterator[Step]:
    """Neighbours together until each is `least` long; what is left at the end may be shorter."""
    seconds, count = 0.0, 0.0
    for more, responses in steps:
        seconds, count = seconds + more, count + responses
        if seconds >= least:
            yield seconds, count
            seconds, count = 0.0, 0.0
    if seconds:
        yield seconds, count
