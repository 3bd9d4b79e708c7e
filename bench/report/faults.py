"""The chart of errors: which requests were not answered rightly, by kind, and how much was asked where none was."""

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from bench.report import drawing, wording
from bench.report.drawing import DASHES, INK, MUTED, PAPER, WRONG, Chart
from bench.report.rows import Row, Summary
from bench.validity import TOLERATED_ERRORS

_LEAST = 1e-6
_TICKS = (1e-9, 1e-7, 1e-5, 1e-3, 1e-1)
_MARKS = "osD^vP*X"
_SAID_AT, _RIGHT = 1.03, 0.55


def errors(summary: Summary) -> Chart | None:
    """Each kind's share of all requests, row by row, logarithmic; beside it counts and availability in words."""
    rows = [row for row in summary.rows if row.availability is not None]
    if not rows:
        return None
    kinds = sorted({kind for row in rows for kind in row.errors})
    title = "Errors"
    note = "Share of requests by kind; beyond the line a row is struck out. " + _said(rows)
    figure, (axes,) = drawing.paper(len(rows), title, note)
    figure.subplots_adjust(right=_RIGHT)
    drawing.list_rows(axes, rows)
    axes.set_xscale("log")
    axes.set_xlim(min([_LEAST, *(share / 2 for row in rows for share in _shares(row).values())]), 1.4)
    axes.axvline(TOLERATED_ERRORS, color=MUTED, linewidth=0.9, linestyle=DASHES[1])
    for at, row in enumerate(rows):
        _draw(axes, at, row, kinds)
    if kinds:
        _key(axes, kinds)
    axes.xaxis.set_major_locator(FixedLocator(_TICKS))
    axes.tick_params(which="minor", length=0)
    drawing.finish(axes, "share of requests", wording.share)
    return Chart("errors", title, note, figure)


def _shares(row: Row) -> dict[str, float]:
    asked = row.responses + sum(row.errors.values())
    return {kind: count / asked for kind, count in row.errors.items()}


def _draw(axes: Axes, at: float, row: Row, kinds: list[str]) -> None:
    for kind, share in _shares(row).items():
        colour = WRONG if sum(row.errors.values()) and not row.valid else INK
        (dot,) = axes.plot([share], [at], _MARKS[kinds.index(kind) % len(_MARKS)], color=colour, markersize=6)
        drawing.belongs(dot, row, f"{row.name}: {row.errors[kind]:,} {kind}, {wording.share(share)} of requests")
    place = (_SAID_AT, at)
    text = axes.text(*place, _words(row), transform=axes.get_yaxis_transform(), va="center", fontsize=8.5)
    text.set_color(MUTED if not row.errors else INK if row.valid else WRONG)
    drawing.belongs(text, row)


def _words(row: Row) -> str:
    wrong = sum(row.errors.values())
    asked = f"{row.responses + wrong:,} requests"
    if not wrong:
        return f"no errors in {asked}"
    return f"{wrong:,} of {asked}, {availability(row.availability or 0.0)} right"


def availability(share: float) -> str:
    """Rounded down, with a digit behind its nines: 99.9987 %."""
    digits = max(1, math.floor(-math.log10(1 - share) + 1e-6) - 1) if share < 1 else 0
    return f"{math.floor(share * 100 * 10**digits + 1e-6) / 10**digits:.{digits}f} %"


def _said(rows: list[Row]) -> str:
    wrong, right = sum(sum(row.errors.values()) for row in rows), sum(row.responses for row in rows)
    return (
        f"{wrong:,} of {wrong + right:,} were not answered rightly." if wrong else f"No errors in {right:,} requests."
    )


def _key(axes: Axes, kinds: list[str]) -> None:
    """The marks of the kinds, above the panel."""
    handles = [
        axes.plot([], [], _MARKS[at % len(_MARKS)], color=INK, markeredgecolor=PAPER, label=kind)[0]
        for at, kind in enumerate(kinds)
    ]
    axes.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.03, 0.995),
        ncols=len(kinds),
        frameon=False,
        handletextpad=0.1,
        columnspacing=1.0,
        borderpad=0.1,
    )
