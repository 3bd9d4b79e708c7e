"""The ranking on a terminal: bars with their intervals, whatever the terminal's width, colours and letters."""

import sys
from collections.abc import Callable, Sequence
from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.report import letters
from bench.report.headline import headline, remarks
from bench.report.profile import profile
from bench.report.rows import Row, Summary, furthest
from bench.report.rules import wrong
from bench.report.wording import listed, number, place, plain, size, spread, time
from bench.validity import marks, reasons

_LEAST_BAR, _NARROWEST_BAR, _WIDEST_BAR = 5, 12, 40
_NARROWEST_NAME, _WIDEST_NAME = 16, 24
_MARGINS = 10
"""The place, and the space around it, the name and the bar."""

Column = tuple[str, int, Callable[[Row], str]]
"""Its heading, its width, and its cell."""

_COLUMNS: tuple[Column, ...] = (
    ("responses/s", 11, lambda row: number(row.throughput.value) if row.throughput else ""),
    ("95 %", 6, lambda row: spread(row.throughput) if row.throughput else ""),
    ("CPU/response", 12, lambda row: time(row.cpu.value) if row.cpu else ""),
    ("p99", 9, lambda row: _latency(row, "p99")),
    ("p50", 9, lambda row: _latency(row, "p50")),
    ("memory", 7, lambda row: size(row.memory_loaded.value) if row.memory_loaded else ""),
)
"""In the order in which they are given up last to first where the terminal is narrow."""


def ranking(
    summary: Summary, width: int | None = None, *, colour: bool | None = None, unicode: bool | None = None
) -> str:
    """The ranking as text for standard output; what is not given is asked of the terminal. NO_COLOR is obeyed."""
    out = StringIO()
    colour = sys.stdout.isatty() if colour is None else colour
    console = Console(file=out, width=width, force_terminal=colour, highlight=False, legacy_windows=False)
    console.print(Text(headline(summary), "bold"))
    for remark in remarks(summary):
        console.print(remark, markup=False)
    if summary.rows:
        room = max(console.width - _MARGINS, 0)
        columns = _fitting(summary, room)
        console.print(Padding(_table(summary, columns, room), (1, 0)))
        console.print(Text(_legend(summary, columns), "dim"))
    return letters.written(out.getvalue(), unicode)


def _table(summary: Summary, columns: Sequence[Column], room: int) -> Table:
    """Place, name and columns, with a bar in what room is left."""
    name = _name_width(summary, room)
    bar = min(_WIDEST_BAR, room - name - sum(width + 2 for _, width, _ in columns))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", width=name, no_wrap=True, overflow="ellipsis")
    if bar >= _LEAST_BAR:
        table.add_column("", width=bar, no_wrap=True)
    for heading, width, _ in columns:
        table.add_column(heading, width=width, justify="right", no_wrap=True)
    most = furthest(row.throughput for row in summary.ranked)
    for row in summary.rows:
        cells = (Text(cell(row), "" if row.valid else "strike dim") for _, _, cell in columns)
        bars = [_bar(row, most, bar)] if bar >= _LEAST_BAR else []
        table.add_row(_mark(row), Text(row.name, _style(row)), *bars, *cells)
    return table


def _fitting(summary: Summary, room: int) -> list[Column]:
    """As many columns as leave room for a bar, but none that is empty; the first always."""
    left = room - _name_width(summary, room) - _NARROWEST_BAR
    chosen: list[Column] = []
    for column in (column for column in _COLUMNS if any(map(column[2], summary.rows))):
        left -= column[1] + 2
        if left >= 0 or not chosen:
            chosen.append(column)
    return chosen


def _name_width(summary: Summary, room: int) -> int:
    longest = max(len(row.name) for row in summary.rows)
    return min(longest, _WIDEST_NAME if room > 60 else _NARROWEST_NAME)


def _mark(row: Row) -> Text:
    if not row.valid:
        return Text("✗", "red")
    return Text(place(row.rank) + ("!" if marks(row.verdict) else ""), "yellow" if marks(row.verdict) else "")


def _style(row: Row) -> str:
    if not row.valid:
        return "strike red"
    return "bold green" if row.rank and row.rank[0] == 1 else ""


def _bar(row: Row, most: float, width: int) -> Text:
    """Solid to the interval's lower end, lighter to its upper end; a struck out row says why instead."""
    if not row.valid:
        said = wrong(row.verdict.word)
        return Text(said if len(said) <= width else row.verdict.word.lower(), "red")
    known = row.throughput
    if known is None or not most:
        return Text("")
    ends = (known.value if known.low is None else known.low, known.high or known.value)
    low, high = (min(round(width * end / most), width) for end in ends)
    colour = "green" if row.rank and row.rank[0] == 1 else "cyan"
    return Text.assemble(("█" * low, colour), ("▒" * (high - low), colour))


def _latency(row: Row, quantile: str) -> str:
    if row.common is None or quantile not in row.common.quantiles:
        return ""
    said = time(row.common.quantiles[quantile])
    return f"({said})" if row.common.doubt else said


def _legend(summary: Summary, columns: Sequence[Column]) -> str:
    lines = []
    if any(row.rank and row.rank[0] < row.rank[1] for row in summary.ranked):
        lines.append("2\N{EN DASH}3: the places a row may have; rows that share one cannot be told apart (95 %).")
    if summary.rounds > 1:
        lines.append("▒: within the 95 % interval over launches.")
    if any(heading == "p99" for heading, _, _ in columns) and any(row.common for row in summary.ranked):
        late = any(row.common and row.common.doubt for row in summary.rows)
        in_brackets = " In brackets: the driver was late itself." if late else ""
        lines.append(f"p50, p99: latency at one rate for all rows.{in_brackets}")
    for row in summary.rows:
        lines += [f"✗ {row.name}: {plain(reason)}" for reason in reasons(row.verdict)[:1]]
    marked = [(mark.rule, row.name) for row in summary.ranked for mark in marks(row.verdict)]
    for rule in dict.fromkeys(rule for rule, _ in marked):
        names = list(dict.fromkeys(name for other, name in marked if other == rule))
        lines.append(f"! {wrong(rule)}: {listed(names)}")
    told = profile(summary)
    lines.append(f"{told[0].upper()}{told[1:]}.")
    return "\n".join(lines)
