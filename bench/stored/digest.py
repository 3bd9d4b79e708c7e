"""What comparing needs of a run and no more: each row's figures by launch, how it speaks, what it was told, and where.

Small enough to be kept for thousands of runs, and the same whatever is compared: two runs, two rows, or a history.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench import levels, validity
from bench.differences import conditions, configuration
from bench.histogram import Histogram
from bench.journal import Journal
from bench.model import Manner, Record, Run, Window
from bench.report.rows import Outcome, Row, Summary
from bench.report.summary import summarise

YARDSTICKS = "yardsticks"
"""The group of rows whose speed is the machine's rather than anybody's work."""

_MOST_GROUPS = 1000
_TELLING = 10
"""Answers that a quantile must have beyond it before two of them are compared."""


@dataclass(frozen=True)
class Metric:
    """One thing that is compared, and what is said where it is surely better or worse."""

    title: str
    better: str = "faster"
    worse: str = "slower"
    more_is_better: bool = False
    spoken: bool = True
    """Whether it is the figure of a conversation, so that rows must speak alike."""
    by_driver: bool = True
    """Whether it is what the driver saw, so that drivers must be the same."""


METRICS: Mapping[str, Metric] = {
    "cpu": Metric("CPU time per response", by_driver=False),
    "throughput": Metric("responses per second", more_is_better=True),
    "p50": Metric("p50 at the common rate"),
    "p99": Metric("p99 at the common rate"),
    "memory": Metric("memory after load", "less", "more", spoken=False, by_driver=False),
    "start": Metric("cold start", spoken=False, by_driver=False),
    "availability": Metric("answered rightly", "fewer errors", "more errors", more_is_better=True),
}
"""By name, in the order in which they are shown. Seconds, responses per second, bytes, a share."""

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p99": 0.99}


@dataclass(frozen=True)
class Figures:
    """One metric of one row: a value for each launch, by its number; `doubt` is why it may not be compared."""

    by_launch: Mapping[int, float]
    rate: float | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class Portrait:
    """One row of one run."""

    verdict: str
    reason: str | None
    protocol: str | None
    yardstick: bool
    figures: Mapping[str, Figures]
    configuration: Mapping[str, str]

    @property
    def valid(self) -> bool:
        return self.verdict == validity.VALID


@dataclass(frozen=True)
class Digest:
    """One run; `absent` holds the rows that it has no figures of, with the reason."""

    folder: str
    name: str
    started: str
    commit: str | None
    driver: str
    complete: bool
    conditions: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, Portrait]
    absent: Mapping[str, str] = field(default_factory=dict)


def digest(journal: Journal) -> Digest:
    """Fold a journal into what can be compared."""
    return digested(summarise(journal))


def digested(summary: Summary) -> Digest:
    """The same of what is folded into rows already."""
    run = summary.run
    return Digest(
        folder=summary.path.absolute().name,
        name=run.name,
        started=run.started,
        commit=run.commit,
        driver=run.driver,
        complete=summary.complete,
        conditions=conditions(run),
        rows=_portraits(run, summary.rows),
        absent={**run.unavailable, **dict.fromkeys(summary.unreached, "the run ended before it was measured")},
    )


def protocol(manner: Manner | None) -> str | None:
    """The class of rows that may be compared with each other under load."""
    if manner is None:
        return None
    return f"HTTP/{manner.http_version}, {'connections kept' if manner.keep_alive else 'a connection each'}"


def _portraits(run: Run, rows: Sequence[Row]) -> dict[str, Portrait]:
    """Cost and throughput are levels: what hit all rows alike while they took turns is taken off."""
    records = {row.name: row.records for row in rows}
    known = {figure: levels.levels(records, load, figure) for figure, load in levels.ranking_loads(run.loads).items()}
    taken = {row.name: {figure: found.get(row.name, {}) for figure, found in known.items()} for row in rows}
    return {row.name: _portrait(row, taken[row.name]) for row in rows}


def _portrait(row: Row, level: Mapping[levels.Figure, Mapping[levels.At, float]]) -> Portrait:
    found = {
        "cpu": _level(level.get("cost", {})),
        "throughput": _level(level.get("throughput", {})),
        **{name: _latency(row, share) for name, share in QUANTILES.items()},
        "memory": _told(row, lambda record: record.memory_loaded),
        "start": _told(row, lambda record: record.ready),
        "availability": _told(row, _availability),
    }
    return Portrait(
        verdict=row.verdict.word,
        reason=next(iter(validity.reasons(row.verdict)), None),
        protocol=protocol(row.manner),
        yardstick=YARDSTICKS in row.rendered.groups,
        figures={name: figures for name, figures in found.items() if figures.by_launch},
        configuration=configuration(row.rendered),
    )


def _good(row: Row) -> list[Record]:
    return [record for record in row.records if record.failure is None]


def _level(launches: Mapping[levels.At, float]) -> Figures:
    return Figures({_number(*at): value for at, value in launches.items() if value > 0})


def _told(row: Row, figure: Callable[[Record], float | None]) -> Figures:
    seen = {_number(record.trial.round, record.trial.group): figure(record) for record in _good(row)}
    return Figures({at: value for at, value in seen.items() if value})


def _number(at: int, group: int) -> int:
    """A launch's: rows that were up together have the same."""
    return at * _MOST_GROUPS + group


def _availability(record: Record) -> float | None:
    right = sum(window.responses for window in record.windows)
    wrong = sum(sum(window.errors.values()) for window in record.windows)
    return right / (right + wrong) if right + wrong else None


def _latency(row: Row, share: float) -> Figures:
    """A quantile of each launch's answers at the rate common to all rows."""
    common = row.common
    if common is None:
        return Figures({})
    launches = {
        _number(record.trial.round, record.trial.group): _quantile(
            [window for window in record.windows if window.load == common.load.name], share
        )
        for record in _good(row)
    }
    known = {at: value for at, value in launches.items() if value}
    return Figures(known, common.rate, common.doubt or _too_few(common, share))


def _quantile(windows: list[Window], share: float) -> float | None:
    counted: Histogram = validity.merged(window.latency for window in windows)
    if counted.counts:
        return counted.quantile(share)
    said = [window.latency_quantiles.get(f"p{100 * share:g}") for window in windows]
    known = [value for value in said if value is not None]
    return statistics.median(known) if known else None


def _too_few(common: Outcome, share: float) -> str | None:
    answers = sum(window.responses for window in common.windows)
    beyond = answers * (1 - share)
    return None if beyond >= _TELLING else f"{answers:,} answers are too few for this quantile"
