"""Charts of one line a row: colours and dashes that tell many apart, and every line's name at its end."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bench.report import drawing
from bench.report.drawing import DASHES, SERIES
from bench.report.rows import Row
from bench.report.wording import Say

_LABEL_ROWS = 0.72
"""Height of a label in rows of paper."""
_LEAST_HEIGHT = 12

End = tuple[Row, str, float, float]
"""A row, its line's colour, and where the line ends."""


def paper(count: int, title: str, note: str) -> tuple[Figure, Axes]:
    """A sheet that has room for the names of so many lines beside it."""
    figure, (axes,) = drawing.paper(max(_LEAST_HEIGHT, _LABEL_ROWS * count + 2), title, note)
    figure.subplots_adjust(left=0.085, right=0.79)
    return figure, axes


def look(order: int) -> dict[str, Any]:
    """Colour and dashes of the line that is drawn as the `order`th."""
    return {"color": SERIES[order % len(SERIES)], "linestyle": DASHES[order // len(SERIES) % len(DASHES)]}


def logarithmic(axes: Axes, say: Say) -> None:
    """A vertical scale of powers, each tick with its unit."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: drawing.short(say(value))))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y", color=drawing.LINE, linewidth=0.8)
    axes.tick_params(axis="y", labelcolor=drawing.MUTED)
    axes.tick_params(which="minor", length=0)


def name_ends(axes: Axes, ends: Sequence[End]) -> None:
    """Names at the right edge, moved apart until none touches another, each tied to the end of its line."""
    points = axes.bbox.height / axes.figure.dpi / drawing.STEP
    low, high = (math.log(end) for end in axes.get_ylim())
    heights = [(math.log(up) - low) / (high - low) * points for _, _, _, up in ends]
    places = drawing.apart(heights, _LABEL_ROWS)
    over = max(0.0, max(places) - points)
    for (row, colour, across, end), height, place in zip(ends, heights, places, strict=True):
        axes.plot([across, axes.get_xlim()[1]], [end, end], ":", color=colour, alpha=0.5, linewidth=0.8)
        up = [height / points, (place - over) / points]
        axes.plot([1, 1.025], up, color=colour, alpha=0.5, linewidth=0.8, transform=axes.transAxes, clip_on=False)
        name = axes.text(1.03, up[1], row.name, transform=axes.transAxes, va="center", color=colour, fontsize=8.5)
        drawing.belongs(name, row)
