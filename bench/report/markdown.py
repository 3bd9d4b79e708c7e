"""The run as Markdown that fits a comment on a pull request: `summary.md`."""

from collections.abc import Sequence
from itertools import accumulate

from bench.report import siege
from bench.report.escaping import markdown as escaped
from bench.report.headline import headline, remarks
from bench.report.profile import profile
from bench.report.rows import Row, Summary
from bench.report.wording import number, place, size, spread, time
from bench.validity import marks, reasons

_MOST_ROWS, _MOST_NOTES, _LONGEST_NOTE = 200, 30_000, 400
"""A comment on GitHub holds 65,536 characters."""
_HEADINGS = ("", "server", "responses/s", "95 %", "CPU/response", "p50", "p99", "cold start", "memory")


def page(summary: Summary) -> str:
    """Headline, ranking and every reason, as GitHub renders it; nothing from a server can break out of its cell."""
    parts = [f"**{escaped(headline(summary))}**", "\n".join(f"- {escaped(remark)}" for remark in remarks(summary))]
    if summary.rows:
        parts += [_table(summary), _notes(summary), siege.markdown(summary) if siege.is_siege(summary) else ""]
    return "\n\n".join(filter(None, [*parts, circumstances(summary)])) + "\n"


def _table(summary: Summary) -> str:
    """Columns in which no row has a figure are left out."""
    lines = [list(_HEADINGS), *(_cells(row) for row in summary.rows[:_MOST_ROWS])]
    filled = [at for at in range(len(_HEADINGS)) if at < 2 or any(line[at] for line in lines[1:])]
    head, *body = (f"| {' | '.join(line[at] for at in filled)} |" for line in lines)
    return "\n".join([head, f"|--:|:--|{'--:|' * (len(filled) - 2)}", *body])


def _cells(row: Row) -> list[str]:
    figures = [
        number(row.throughput.value) if row.throughput else "",
        spread(row.throughput) if row.throughput else "",
        time(row.cpu.value) if row.cpu else "",
        *(_latency(row, name) for name in ("p50", "p99")),
        time(row.ready.value) if row.ready else "",
        size(row.memory_loaded.value) if row.memory_loaded else "",
    ]
    if row.valid:
        return [place(row.rank) + (" ⚠" if marks(row.verdict) else ""), escaped(row.name), *figures]
    return ["✗", f"~~{escaped(row.name)}~~", *(figure and f"~~{figure}~~" for figure in figures)]


def _latency(row: Row, quantile: str) -> str:
    if row.common is None or quantile not in row.common.quantiles:
        return ""
    said = time(row.common.quantiles[quantile])
    return f"~~{said}~~" if row.common.doubt and row.valid else said


def _notes(summary: Summary) -> str:
    struck = [
        f"- ✗ {escaped(row.name)}: {row.verdict.word}, {escaped(reason)}"
        for row in summary.struck
        for reason in reasons(row.verdict)
    ]
    marked = [
        f"- ⚠ {escaped(row.name)}: {mark.rule}, {escaped(mark.evidence)}"
        for row in summary.ranked
        for mark in marks(row.verdict)
    ]
    return "\n".join([*_fitting([*struck, *marked]), *_left_out(summary)])


def _fitting(notes: Sequence[str]) -> list[str]:
    """As many notes as there is room for, and how many there are besides."""
    short = [note if len(note) <= _LONGEST_NOTE else note[:_LONGEST_NOTE].rstrip("\\") + " …" for note in notes]
    used = list(accumulate(len(note.encode()) for note in short))
    fit = sum(length <= _MOST_NOTES for length in used)
    return short if fit == len(short) else [*short[:fit], f"- … and {len(short) - fit:,} more, in report.html"]


def _left_out(summary: Summary) -> list[str]:
    more = len(summary.rows) - _MOST_ROWS
    return [f"- … and {more:,} more rows, in report.html"] if more > 0 else []


def circumstances(summary: Summary) -> str:
    """How the figures came about, in small print."""
    run, machine = summary.run, summary.run.machine
    said = [
        f"{summary.rounds} launches of each server, seed {run.seed}",
        f"driver {run.driver}",
        profile(summary),
        f"{machine.processor or 'unknown processor'}, {machine.cores} cores, {machine.system} {machine.release}",
        machine.python,
        f"deploybench {run.version}" + (f" at {run.commit}" if run.commit else ""),
        run.started,
    ]
    places = "Places that are shared or given as a range cannot be told apart (95 %)."
    latency = "Latency at one rate common to all rows." if any(row.common for row in summary.ranked) else ""
    return f"<sub>{' '.join(filter(None, [places, latency]))} {escaped(' · '.join(said))}.</sub>"
