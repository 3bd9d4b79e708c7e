"""The chart of throughput over time: whether a figure was steady or the mean of ups and downs."""

import statistics
from collections.abc import Iterator

from bench.model import Window
from bench.report import drawing, wording
from bench.report.drawing import ACCENT, INK, LINE, MUTED, Chart
from bench.report.rows import Row, Summary

_FULL = 0.8
"""The height that a row's mean has, in rows of paper; twice the mean would touch the row above."""

Stretch = list[tuple[float, float]]


def timeline(summary: Summary) -> Chart | None:
    """One strip a row: every window at capacity, launch after launch, each strip on its row's own scale."""
    strips = [(row, strip) for row in summary.ranked if (strip := list(_stretches(row)))]
    if not strips:
        return None
    rows = [row for row, _ in strips]
    title = "Throughput over time"
    note = "All windows at capacity, a gap between launches; dotted: the mean. Right: mean and scatter between steps."
    figure, (axes,) = drawing.paper(1.5 * len(rows), title, note)
    drawing.list_rows(axes, rows)
    axes.set_ylim(len(rows) - 0.45, -1.1)
    longest = max(strip[-1][-1][0] for _, strip in strips)
    for at, (row, strip) in enumerate(strips):
        mean = statistics.fmean(value for stretch in strip for _, value in stretch)
        scatter = statistics.pstdev([value for stretch in strip for _, value in stretch]) / mean if mean else 0.0
        tip = f"{row.name}: mean {wording.rate(mean)}, scatter {wording.share(scatter)} between steps"
        base = at + 0.4
        axes.plot([0, longest], [base - _FULL, base - _FULL], ":", color=MUTED, linewidth=0.8)
        axes.plot([0, longest], [base, base], color=LINE, linewidth=0.8)
        for stretch in strip:
            across = [moment for moment, _ in stretch]
            up = [base - _FULL * min(value / mean, 2) if mean else base for _, value in stretch]
            (line,) = axes.plot(across, up, color=ACCENT, linewidth=1.2, drawstyle="steps-post")
            axes.fill_between(across, up, base, step="post", color=ACCENT, alpha=0.14, linewidth=0)
            drawing.belongs(line, row, tip)
        drawing.label(axes, longest, at, f"{wording.number(mean)} · {100 * scatter:.0f} %", INK)
    axes.set_xlim(0, longest * 1.17)
    drawing.finish(axes, "seconds under load", lambda value: f"{value:g}")
    return Chart("timeline", title, note, figure)


def _stretches(row: Row) -> Iterator[Stretch]:
    """Each launch's windows one after the other: (seconds, responses per second) at every step, and at the end."""
    now = 0.0
    name = row.capacity.load.name if row.capacity else None
    for record in row.records:
        windows = [window for window in record.windows if window.load == name and record.failure is None]
        stretch = []
        for window in windows:
            for value in _speeds(window):
                stretch.append((now, value))
                now += window.series_step or 0.0
        if stretch:
            yield [*stretch, (now, stretch[-1][1])]
            now += 0.15


def _speeds(window: Window) -> list[float]:
    """Responses per second by step; the last step, if the window ended within it, is left out."""
    if not window.series_step:
        return []
    whole = int(window.duration / window.series_step + 1e-6)
    return [count / window.series_step for count in window.series[:whole]]
