"""How charts look: paper, type, colours for colour-blind readers too, and labels that keep their distance."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from bench.judgement import Estimate
from bench.report.rows import Row, Summary, furthest
from bench.report.wording import Say

INK, MUTED, LINE, PAPER = "#1d2733", "#5d6b7a", "#dde3e9", "#ffffff"
ACCENT, SECOND, WRONG = "#0a6fb4", "#d98200", "#b42318"
SERIES = ("#0072b2", "#b84f00", "#007a59", "#b0508a", "#8a6d00", "#11809c", "#7a3db8", "#4d4d4d")
"""After Okabe and Ito, Color Universal Design (2008), darkened until names can be read in them (contrast 4.5)."""
DASHES = ("-", (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.5, 1.2, 1.5)))

HEADING = "heading"
"""The id of texts that the page says itself."""

WIDTH, HEAD, FOOT, STEP = 8.0, 0.72, 0.55, 0.27
"""Inches: the paper's width, the room for a title, the room for the horizontal axis, and the height of one row."""

_OFF_SCALE = 5
_DECIMALS = re.compile(r"\.\d+")

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.fonttype": "none",
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "path.simplify": True,
}


@dataclass(frozen=True)
class Chart:
    """A drawn figure, with the name of its file, its title, and a sentence that says how to read it."""

    name: str
    title: str
    note: str
    figure: Figure


def paper(rows: float, title: str, note: str, panels: int = 1) -> tuple[Figure, Sequence[Axes]]:
    """A sheet high enough for so many rows, its title on it, with panels side by side that share the rows."""
    height = HEAD + FOOT + STEP * max(rows, 3)
    figure = Figure(figsize=(WIDTH, height), facecolor=PAPER)
    figure.text(0.012, 1 - 0.2 / height, title, size=13, weight="bold", va="center", gid=HEADING)
    figure.text(0.012, 1 - 0.46 / height, note, color=MUTED, va="center", gid=HEADING)
    axes = figure.subplots(1, panels, squeeze=False, sharey=True)[0]
    figure.subplots_adjust(left=0.2, right=0.985, top=1 - HEAD / height, bottom=FOOT / height, wspace=0.12)
    for panel in axes:
        panel.patch.set_visible(False)
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(length=0, pad=5)
        panel.grid(axis="x", color=LINE, linewidth=0.8)
        panel.set_axisbelow(True)
    return figure, axes


def list_rows(axes: Axes, rows: Sequence[Row]) -> None:
    """Write the rows' names down the side, first on top; those that are struck out say so."""
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), ["" for _ in rows])
    for at, row in enumerate(rows):
        name = row.name if row.valid else f"{row.name}  \N{BALLOT X}"
        label = axes.annotate(
            name, (0, at), (-8, 0), axes.get_yaxis_transform(), "offset points", ha="right", va="center"
        )
        label.set_color(INK if row.valid else WRONG)
        belongs(label, row)


def belongs(artist: Artist, row: Row, tip: str = "") -> None:
    """Say whose artist it is and what hovering over it tells; the page reads it off the SVG's ids."""
    artist.set_gid(f"row|{row.name}|{tip}")


def scale(axes: Axes, estimates: Sequence[Estimate | None], margin: float) -> float:
    """Begin the axis at zero, leave a margin for labels, and give where marks must end.

    A value many times the median would press all others together: it runs off the scale and its label tells it.
    """
    known = [estimate for estimate in estimates if estimate]
    usual = _OFF_SCALE * statistics.median(estimate.value for estimate in known)
    end = furthest(estimate for estimate in known if estimate.value <= usual)
    axes.set_xlim(0, end * (1 + margin))
    return end


def stretch(axes: Axes, at: float, estimate: Estimate, end: float, row: Row, tip: str, colour: str) -> None:
    """An interval as a line with its value as a dot; hollow for a row that is struck out, an arrow for what goes on."""
    low, high = (estimate.value if known is None else known for known in (estimate.low, estimate.high))
    (line,) = axes.plot([min(low, end), min(high, end)], [at, at], color=colour, linewidth=2.2, solid_capstyle="butt")
    belongs(line, row, tip)
    if estimate.value <= end:
        face = colour if row.valid else PAPER
        (dot,) = axes.plot([estimate.value], [at], "o", color=colour, markersize=6, markerfacecolor=face, zorder=3)
        belongs(dot, row, tip)
    go_on(axes, at, high, end, colour)


def go_on(axes: Axes, at: float, high: float, end: float, colour: str) -> None:
    """An arrow at the end of the scale where something reaches beyond it."""
    if high > end:
        axes.plot([end], [at], ">", color=colour, markersize=5, zorder=3)


def apart(wanted: Sequence[float], distance: float) -> list[float]:
    """Positions as near as can be to the wanted ones, in their order, at least `distance` from each other.

    Pool adjacent violators (isotonic regression): neighbours that collide move together, around their common mean.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    blocks: list[tuple[float, int]] = []
    for step, index in enumerate(order):
        mean, size = wanted[index] - step * distance, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, size = (mean * size + other * more) / (size + more), size + more
        blocks.append((mean, size))
    spread = [mean for mean, size in blocks for _ in range(size)]
    found = {index: spread[step] + step * distance for step, index in enumerate(order)}
    return [found[index] for index in range(len(wanted))]


def label(axes: Axes, end: float, at: float, said: str, colour: str) -> None:
    """A value written right behind its mark."""
    axes.annotate(said, (end, at), (7, 0), textcoords="offset points", va="center", color=colour, fontsize=8.5)


def key(axes: Axes, entries: Sequence[tuple[str, str]], edge: str | None = None) -> None:
    """What the colours stand for, above the panel's right end."""
    handles = [
        Line2D([], [], marker="o", linestyle="", color=edge or ACCENT if face == PAPER else face, markerfacecolor=face)
        for _, face in entries
    ]
    axes.legend(
        handles,
        [name for name, _ in entries],
        loc="lower right",
        bbox_to_anchor=(1.01, 0.995),
        ncols=len(entries),
        frameon=False,
        handletextpad=0.1,
        columnspacing=1.0,
        borderpad=0.1,
    )


def finish(axes: Axes, quantity: str, say: Say) -> None:
    """Name the horizontal axis and write its ticks with their unit."""
    axes.set_xlabel(quantity)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(say(value)) if value else "0"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if axes.get_xscale() == "linear":
        axes.locator_params(axis="x", nbins=5)


def short(said: str) -> str:
    """A tick's figure without digits that say nothing: `2.00 ms` becomes `2 ms`."""
    return _DECIMALS.sub(lambda found: found.group().rstrip("0").rstrip("."), said)


def intervals(summary: Summary) -> str:
    """What the drawn intervals are, or why there are none."""
    return "Lines: 95 % intervals over launches." if summary.rounds > 1 else "One launch each, so no intervals."


def told(row: Row, what: str, estimate: Estimate, say: Say) -> str:
    """What hovering says: the value with its unit and its interval."""
    if estimate.low is None or estimate.high is None:
        return f"{row.name}: {what} {say(estimate.value)}, one launch"
    return f"{row.name}: {what} {say(estimate.value)} ({say(estimate.low)} to {say(estimate.high)})"
