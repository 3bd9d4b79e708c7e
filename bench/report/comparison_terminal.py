"""A comparison on a terminal: what changed first, then each figure with its ratio, drawn where there is room."""

import math
import sys
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.compare import Change, Comparison
from bench.report import letters
from bench.report.comparison import changed, headline, named, reach, remarks, step, value, what_changed
from bench.report.wording import plain

_FEW_ROWS = 4
_ALWAYS = ("cpu", "throughput")
_MOST_DIFFERENCES = 6
_STYLES = {"worse": "red", "better": "green", None: ""}
_DRAWING = " "
_NARROW = 62
_LEAST_TRACK, _MOST_TRACK = 11, 41

Column = tuple[str, int, bool]
"""Its heading, its width, and whether it begins at the left."""
_NEEDED: tuple[Column, ...] = (("", 15, True), ("ratio", 8, False), ("95 %", 18, True), ("word", 14, True))
_VALUES: tuple[Column, ...] = (("before", 9, False), ("after", 9, False))

_LEAST_SPAN, _MOST_SPAN = math.log(1.05), math.log(3)


def table(
    comparison: Comparison, width: int | None = None, *, colour: bool | None = None, unicode: bool | None = None
) -> str:
    """The comparison as text for standard output; what is not given is asked of the terminal. NO_COLOR is obeyed."""
    out = StringIO()
    colour = sys.stdout.isatty() if colour is None else colour
    console = Console(file=out, width=width, force_terminal=colour, highlight=False, legacy_windows=False)
    console.print(Text(plain(headline(comparison)), "bold"))
    for remark in remarks(comparison):
        console.print(plain(remark), markup=False)
    if comparison.differences:
        console.print()
        _what_changed(console, comparison)
    shown = _shown(comparison)
    if shown:
        console.print()
        for part in _figures(shown, console.width):
            console.print(part)
        console.print()
        console.print(Text(_legend(comparison, shown), "dim"))
    return letters.written(out.getvalue(), unicode)


def _what_changed(console: Console, comparison: Comparison) -> None:
    console.print(Text(f"Not the same: {comparison.before}, then {comparison.after}", "dim"))
    for group, found in what_changed(comparison.differences):
        for one in found[:_MOST_DIFFERENCES]:
            console.print(Padding(Text.assemble((f"{plain(group)}, {plain(one.name)}: ", "dim"), changed(one)), (0, 2)))
        if len(found) > _MOST_DIFFERENCES:
            console.print(Padding(Text(f"{group}: {len(found) - _MOST_DIFFERENCES} more", "dim"), (0, 2)))


def _shown(comparison: Comparison) -> list[Change]:
    """All figures of a few rows; of many rows those that moved, and cost and throughput."""
    few = len(comparison.rows) <= _FEW_ROWS
    return [one for one in comparison.changes if few or one.direction or one.metric in _ALWAYS]


def _figures(changes: Sequence[Change], width: int) -> Iterator[RenderableType]:
    """Row by row its name, and its figures in columns that stand below each other."""
    span, columns = _span(changes), _columns(width)
    rows = dict.fromkeys(one.row for one in changes)
    for at, name in enumerate(rows):
        yield Text(plain(name), "bold")
        grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0), show_header=not at)
        for heading, room, left in columns:
            grid.add_column(heading, width=room, justify="left" if left else "right", no_wrap=True)
        for one in changes:
            if one.row == name:
                cells = _cells(one, span, next((room for heading, room, _ in columns if heading == _DRAWING), 0))
                grid.add_row(*(cells[heading] for heading, _, _ in columns))
        yield grid


def _columns(width: int) -> list[Column]:
    """As many as fit; the drawing takes what is left."""
    columns = [column for column in _NEEDED if width >= _NARROW or column[0] != "95 %"]
    left = width - sum(room + 2 for _, room, _ in columns)
    if left >= _LEAST_TRACK + 2:
        values = left >= _LEAST_TRACK + 2 + sum(room + 2 for _, room, _ in _VALUES)
        columns[1:1] = [*_VALUES] if values else []
        left = width - sum(room + 2 for _, room, _ in columns) - 2
        columns.insert(-2, (_DRAWING, min(left - (1 - left % 2), _MOST_TRACK), True))
    return columns


def _cells(one: Change, span: float, room: int) -> dict[str, Text]:
    style = _STYLES[one.direction]
    return {
        "": Text(f"  {named(one)}", style),
        "before": Text(value(one, one.before)),
        "after": Text(value(one, one.after)),
        "ratio": Text(step(one.ratio.value) if one.ratio else "", style),
        _DRAWING: _track(one, span, room),
        "95 %": Text(reach(one.ratio), "dim"),
        "word": Text(one.word, style or "dim"),
    }


def _span(changes: Sequence[Change]) -> float:
    """How far from 1 the drawn scale reaches, in logarithms: to the ends of what has an interval, within reason."""
    ends = [
        abs(math.log(max(end, 1e-9)))
        for one in changes
        if one.ratio and one.decided
        for end in (one.ratio.low, one.ratio.high)
        if end is not None
    ]
    return min(max([_LEAST_SPAN, *ends]), _MOST_SPAN)


def _track(change: Change, span: float, room: int) -> Text:
    """The interval as a line, the ratio as a dot on it, 1 as a stroke; a hollow dot where it may not be compared."""
    cells = [" "] * room
    if room:
        cells[room // 2] = "│"
    if change.ratio is None or not room:
        return Text("".join(cells), "dim")
    low, high = change.ratio.low, change.ratio.high
    if low is not None and high is not None and change.decided:
        for at in range(_place(low, span, room), _place(high, span, room) + 1):
            cells[at] = "─"
    cells[_place(change.ratio.value, span, room)] = "●" if change.decided else "○"
    return Text("".join(cells), _STYLES[change.direction] or "dim")


def _place(ratio: float, span: float, room: int) -> int:
    share = (math.log(max(ratio, 1e-9)) / span + 1) / 2
    return min(max(round(share * (room - 1)), 0), room - 1)


def _legend(comparison: Comparison, shown: Sequence[Change]) -> str:
    how = "of the same rounds" if comparison.paired else "over launches"
    lines = [f"ratio: {comparison.after} / {comparison.before}, with its 95 % interval {how}."]
    left = len(comparison.changes) - len(shown)
    if left:
        lines.append(f"{left} figures that cannot be told apart are left out here; --json and --html have them.")
    reasons: dict[str, list[str]] = {}
    for one in shown:
        if one.because:
            reasons.setdefault(f"{one.word}: {plain(one.because)}", []).append(f"{one.row} {named(one)}")
    return "\n".join([*lines, *(f"{', '.join(found[:3])}{_more(found)}: {why}" for why, found in reasons.items())])


def _more(found: Sequence[str]) -> str:
    return f" and {len(found) - 3} more" if len(found) > 3 else ""
