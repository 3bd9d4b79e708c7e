"""The rows as a table for pandas and spreadsheets: one line a server, documented columns, empty where not measured."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas

from bench.judgement import Estimate
from bench.report.escaping import cell
from bench.report.rows import QUANTILES, Outcome, Row, Summary
from bench.report.wording import plain
from bench.validity import reasons

Column = tuple[str, Callable[[Row], object]]


def _interval(figure: Callable[[Row], Estimate | None], name: str, meaning: str) -> dict[str, Column]:
    return {
        name: (meaning, lambda row: (known := figure(row)) and known.value),
        f"{name}_low": ("lower end of its 95 % interval", lambda row: (known := figure(row)) and known.low),
        f"{name}_high": ("upper end of its 95 % interval", lambda row: (known := figure(row)) and known.high),
    }


COLUMNS: Mapping[str, Column] = {
    "name": ("what people call the row", lambda row: row.name),
    "title": ("what it is", lambda row: row.rendered.title),
    "verdict": ("VALID, or the rule that strikes it out", lambda row: row.verdict.word),
    "reasons": ("why it is struck out", lambda row: plain("; ".join(reasons(row.verdict))) or None),
    "rank_low": ("best place that is possible by throughput", lambda row: row.rank and row.rank[0]),
    "rank_high": ("worst place that is possible by throughput", lambda row: row.rank and row.rank[1]),
    **_interval(lambda row: row.throughput, "throughput", "verified responses per second at capacity"),
    **_interval(
        lambda row: row.cpu,
        "cpu_per_response",
        "CPU seconds of the whole process tree per verified response, closed model",
    ),
    "front_cpu_per_response": (
        "the part of it that a front proxy used",
        lambda row: row.costing and row.costing.front_cpu and row.costing.front_cpu.value,
    ),
    **_interval(lambda row: row.ready, "ready", "seconds from launch to the first right answer"),
    **_interval(lambda row: row.first_byte, "ttfb_first", "seconds to the first byte of the first request's answer"),
    **_interval(lambda row: row.second_byte, "ttfb_second", "the same of the second request"),
    **_interval(lambda row: row.memory_idle, "memory_idle", "bytes held by the process tree before any load"),
    **_interval(lambda row: row.memory_loaded, "memory_loaded", "bytes held by the process tree after the loads"),
    "responses": ("verified responses in all windows", lambda row: row.responses),
    "errors": ("requests not answered rightly in all windows", lambda row: sum(row.errors.values())),
    "availability": ("share of requests answered rightly", lambda row: row.availability),
    "bytes_per_response": ("bytes received per response, headers included", lambda row: row.bytes_per_response),
    "keep_alive": ("whether a connection serves a second request", lambda row: row.manner and row.manner.keep_alive),
    "http_version": ("the version it answers with", lambda row: row.manner and row.manner.http_version),
    "launches": ("launches tried", lambda row: len(row.records)),
    "launches_failed": ("launches that failed", lambda row: sum(record.failure is not None for record in row.records)),
}
"""Every fixed column: what it means and how it is found. Seconds, bytes, responses per second."""


LATENCIES: Mapping[str, str] = {
    "throughput": "verified responses per second under this load",
    "rate": "requests per second that it asked for; empty for a closed load",
    **{name: f"seconds within which {100 * share:g} % were answered" for name, share in QUANTILES.items()},
    "max": "seconds that the slowest answer took",
    "doubt": "why these latencies are not the server's own; empty where nothing speaks against them",
}
"""What there is of every load, in columns named `<load>_<figure>`."""

_WORDS = ("name", "title", "verdict", "reasons", "http_version")
_COUNTS = ("rank_low", "rank_high", "responses", "errors", "launches", "launches_failed")


def table(summary: Summary) -> pandas.DataFrame:
    """The rows in the report's order, by COLUMNS and, of each load, LATENCIES; a column's type depends on no value."""
    lines = [
        {name: figure(row) for name, (_, figure) in COLUMNS.items()} | _latencies(row, summary) for row in summary.rows
    ]
    columns = [*COLUMNS, *(f"{load.name}_{figure}" for load in summary.run.loads for figure in LATENCIES)]
    return pandas.DataFrame(lines, columns=columns).astype({name: _type(name) for name in columns})


def write(summary: Summary, folder: Path) -> list[Path]:
    """The table as table.csv, in which no text is taken for a formula, and as table.parquet; gives their paths."""
    import fastparquet

    rows, paths = table(summary), [folder / "table.csv", folder / "table.parquet"]
    words = {str(name): rows[name].map(cell, na_action="ignore") for name in rows if rows[name].dtype == "string"}
    rows.assign(**words).to_csv(paths[0], index=False)
    # Not by pandas: its PyArrow takes twelve times the room on the disk, and its use of fastparquet will end.
    fastparquet.write(str(paths[1]), rows, write_index=False)
    return paths


def _type(column: str) -> str:
    if column in _WORDS or column.endswith("_doubt"):
        return "string"
    if column == "keep_alive":
        return "boolean"
    return "Int64" if column in _COUNTS else "float64"


def _latencies(row: Row, summary: Summary) -> dict[str, object]:
    return {
        f"{load.name}_{name}": figure
        for load in summary.run.loads
        for name, figure in zip(LATENCIES, _figures(row.outcomes.get(load.name)), strict=True)
    }


def _figures(outcome: Outcome | None) -> list[float | str | None]:
    if outcome is None:
        return [None] * len(LATENCIES)
    quantiles = (outcome.quantiles.get(name) for name in (*QUANTILES, "max"))
    return [outcome.throughput.value, outcome.rate, *quantiles, outcome.doubt]
