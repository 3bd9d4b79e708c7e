"""Two runs, or two rows, held against each other: for each row and metric a ratio, its interval and a word for it."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.contrast import Contrast, contrast
from bench.differences import Difference, differences
from bench.judgement import Estimate
from bench.stored.digest import METRICS, Digest, Figures, Metric, Portrait

CANNOT_TELL = "cannot tell"
NOT_COMPARABLE = "not comparable"

_PROTOCOL = "protocol"
SAME_RATE = 0.01
"""How far two rates may lie apart for latencies at them to be compared."""
LOST = ("FAILED", "ERRORS")
"""The verdicts by which a row that used to work has stopped working."""


@dataclass(frozen=True)
class Change:
    """One metric of one row: `ratio` is after / before, `word` what may be said of it, `because` why no more may."""

    row: str
    metric: str
    before: float | None
    after: float | None
    ratio: Estimate | None
    word: str
    because: str | None = None
    direction: Literal["better", "worse"] | None = None

    @property
    def decided(self) -> bool:
        """Whether there was an interval to decide by, whatever it says."""
        return self.word != NOT_COMPARABLE


@dataclass(frozen=True)
class Comparison:
    """Everything that was held together; `before` and `after` are what the two sides are called."""

    before: str
    after: str
    runs: tuple[Digest, Digest]
    paired: bool
    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]
    vanished: Mapping[str, str]
    """Rows that only the first has, with the reason; and, below, those that it believed and that now do not work."""
    new: tuple[str, ...]
    lost: Mapping[str, str]

    @property
    def worse(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.direction == "worse")

    @property
    def better(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.direction == "better")

    @property
    def decided(self) -> bool:
        return any(change.decided for change in self.changes)

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(change.row for change in self.changes))


@dataclass(frozen=True)
class _Pair:
    """The same metric of one row on both sides."""

    row: str
    name: str
    figures: tuple[Figures, Figures]
    obstacle: str | None

    @property
    def metric(self) -> Metric:
        return METRICS[self.name]


def compare_runs(before: Digest, after: Digest, names: Sequence[str] | None = None) -> Comparison:
    """Each row that both runs have, or of those `names`; the runs' launches are not paired."""
    chosen = [name for name in dict.fromkeys([*before.rows, *after.rows]) if names is None or name in names]
    both = [name for name in chosen if name in before.rows and name in after.rows]
    pairs = [pair for name in both for pair in _pairs(name, (before, after), (name, name))]
    told = [_told(run, [(name, name) for name in both]) for run in (before, after)]
    gone = [name for name in chosen if name not in after.rows]
    return Comparison(
        *_labels(before, after),
        runs=(before, after),
        paired=False,
        changes=tuple(_changes(pairs, paired=False)),
        differences=_differences(*told),
        vanished={name: after.absent.get(name, "the second run was not asked for it") for name in gone},
        new=tuple(name for name in chosen if name not in before.rows),
        lost=_lost([(name, before.rows[name], after.rows[name]) for name in both]),
    )


def compare_rows(before: tuple[Digest, str], after: tuple[Digest, str]) -> Comparison:
    """One row against another; rows of one run by their rounds, in which they shared the machine's ups and downs."""
    (ours, one), (theirs, other) = before, after
    paired = ours.folder == theirs.folder
    row = one if one == other else f"{one} → {other}"
    runs = _labels(ours, theirs)
    labels = (one, other) if paired else (f"{runs[0]}:{one}", f"{runs[1]}:{other}")
    return Comparison(
        *labels,
        runs=(ours, theirs),
        paired=paired,
        changes=tuple(_changes([*_pairs(row, (ours, theirs), (one, other))], paired=paired)),
        differences=_differences(_told(ours, [(row, one)]), _told(theirs, [(row, other)])),
        vanished={},
        new=(),
        lost=_lost([(row, ours.rows[one], theirs.rows[other])]) if one == other else {},
    )


def _labels(before: Digest, after: Digest) -> tuple[str, str]:
    """The names that were given to the runs, or where these are the same their folders'."""
    return (before.name, after.name) if before.name != after.name else (before.folder, after.folder)


def _told(run: Digest, rows: Sequence[tuple[str, str]]) -> dict[str, Mapping[str, str]]:
    told = {shown: run.rows[name].configuration for shown, name in rows}
    spoken = {shown: words for shown, name in rows if (words := run.rows[name].protocol)}
    return {**run.conditions, **told, _PROTOCOL: spoken}


def _differences(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> tuple[Difference, ...]:
    """All of them, but for the protocol of a row that never answered."""
    found = differences(before, after)
    return tuple(one for one in found if one.group != _PROTOCOL or (one.before and one.after))


def _lost(rows: Sequence[tuple[str, Portrait, Portrait]]) -> dict[str, str]:
    return {
        name: f"{after.verdict}: {after.reason}"
        for name, before, after in rows
        if before.verdict not in LOST and after.verdict in LOST
    }


def _pairs(row: str, runs: tuple[Digest, Digest], names: tuple[str, str]) -> Iterator[_Pair]:
    """Each metric that either side has a figure of; where all was answered rightly on both, there is nothing to say."""
    before, after = (run.rows[name] for run, name in zip(runs, names, strict=True))
    for name, metric in METRICS.items():
        figures = before.figures.get(name), after.figures.get(name)
        if figures[0] is None and figures[1] is None:
            continue
        known = tuple(one or Figures({}) for one in figures)
        if name == "availability" and {1.0} >= {value for one in known for value in one.by_launch.values()}:
            continue
        yield _Pair(row, name, (known[0], known[1]), _obstacle(metric, runs, (before, after), (known[0], known[1])))


def _obstacle(
    metric: Metric, runs: tuple[Digest, Digest], rows: tuple[Portrait, Portrait], figures: tuple[Figures, Figures]
) -> str | None:
    """Why two figures may not be held together; None where nothing speaks against it."""
    for which, row in zip(("first", "second"), rows, strict=True):
        if not row.valid:
            return f"the {which} is struck out, {row.verdict}: {row.reason}"
    for which, one in zip(("first", "second"), figures, strict=True):
        if not one.by_launch:
            return f"the {which} was not measured"
        if one.doubt:
            return f"of the {which}: {one.doubt}"
    if metric.spoken and rows[0].protocol != rows[1].protocol:
        return f"they speak differently: {rows[0].protocol}, then {rows[1].protocol}"
    if metric.by_driver and runs[0].driver != runs[1].driver:
        return f"the drivers differ: {runs[0].driver}, then {runs[1].driver}"
    return _other_rate(*(one.rate for one in figures))


def _other_rate(before: float | None, after: float | None) -> str | None:
    if before is None or after is None or abs(math.log(after / before)) <= SAME_RATE:
        return None
    return f"the rates differ: {before:,.0f} requests/s, then {after:,.0f}"


def _changes(pairs: Sequence[_Pair], *, paired: bool) -> Iterator[Change]:
    """The change of each pair, words first held to what all rows of a metric together allow."""
    found = [(pair, contrast(*(one.by_launch for one in pair.figures), paired=paired)) for pair in pairs]
    for pair, ours in found:
        others = [one for other, one in found if other.name == pair.name and not other.obstacle and one.freedom]
        yield _change(pair, ours, sure=not pair.obstacle and ours.surely(others))


def _change(pair: _Pair, found: Contrast, *, sure: bool) -> Change:
    before, after = (_centre(one.by_launch) for one in pair.figures)
    plain = Change(pair.row, pair.name, before, after, found.ratio, NOT_COMPARABLE, pair.obstacle)
    if pair.obstacle:
        return plain
    if not found.freedom:
        return replace(plain, because="one launch of either allows no interval")
    if not sure or found.step is None:
        by_chance = None if found.spans_one else "among so many comparisons chance alone does this"
        return replace(plain, word=CANNOT_TELL, because=by_chance)
    improved = (found.step > 0) == pair.metric.more_is_better
    return replace(
        plain,
        word=pair.metric.better if improved else pair.metric.worse,
        direction="better" if improved else "worse",
    )


def _centre(by_launch: Mapping[int, float]) -> float | None:
    return statistics.geometric_mean(by_launch.values()) if by_launch else None
