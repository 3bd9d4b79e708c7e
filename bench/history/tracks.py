"""One series for each row and metric over many runs, in levels, with what was done to the rows at each step."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench import stats
from bench.compare import SAME_RATE
from bench.differences import Difference, differences
from bench.history.divisive import change_points
from bench.judgement import Estimate
from bench.stored.digest import METRICS, Digest, Portrait

LEAST = 0.01
"""The smallest step that is told: smaller ones may be certain, and nobody's concern."""

_NORMALISED = ("cpu", "throughput", "p50", "p99", "start")


@dataclass(frozen=True)
class Level:
    """A stretch in which nothing changed: points from `first` to before `end`, and their middle."""

    first: int
    end: int
    middle: float


@dataclass(frozen=True)
class Step:
    """A change from one level to the next, between two runs: `ratio` is later / earlier."""

    point: int
    before: int
    after: int
    ratio: Estimate
    word: str
    worse: bool
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Track:
    """One metric of one row: parallel tuples of run numbers and values; `normalised` when yardsticks divide them."""

    row: str
    metric: str
    runs: tuple[int, ...]
    values: tuple[float, ...]
    normalised: bool
    levels: tuple[Level, ...]
    steps: tuple[Step, ...]

    @property
    def worsened(self) -> bool:
        """Whether its newest level is surely worse than the one before."""
        return bool(self.steps) and self.steps[-1].worse


@dataclass(frozen=True)
class History:
    """All tracks of all rows, by the order in which the runs were begun; `broken` folders could not be read."""

    runs: tuple[Digest, ...]
    tracks: tuple[Track, ...]
    yardsticks: tuple[str, ...]
    broken: Mapping[str, str]

    @property
    def worsened(self) -> tuple[Track, ...]:
        return tuple(track for track in self.tracks if track.worsened)


def history(
    runs: Iterable[Digest],
    *,
    yardsticks: Sequence[str] = (),
    broken: Mapping[str, str] | None = None,
    least: float = LEAST,
) -> History:
    """The tracks of every row of the runs, from the oldest to the newest.

    Figures that move with the machine are divided by how far the yardstick rows of the same run were from their own
    middle: rows of their group, or those named. Where a run of a row has none, its track is left as it is.
    """
    ordered = sorted(runs, key=lambda run: (run.started, run.folder))
    names = list(dict.fromkeys(name for run in reversed(ordered) for name in run.rows))
    known = list(yardsticks) or [name for name in names if any(_is_yardstick(run, name) for run in ordered)]
    tracks = [_track(ordered, name, metric, known, least) for name in names for metric in METRICS]
    return History(tuple(ordered), tuple(track for track in tracks if track), tuple(known), broken or {})


def _is_yardstick(run: Digest, name: str) -> bool:
    return name in run.rows and run.rows[name].yardstick


def _track(runs: Sequence[Digest], row: str, metric: str, yardsticks: Sequence[str], least: float) -> Track | None:
    seen = _values(runs, row, metric)
    if not seen or (metric == "availability" and {*seen.values()} == {1.0}):
        return None
    factors = _factors(runs, metric, yardsticks) if metric in _NORMALISED and row not in yardsticks else {}
    normalised = bool(factors) and seen.keys() <= factors.keys()
    values = [value / factors[at] if normalised else value for at, value in seen.items()]
    numbers = list(seen)
    points = change_points([*map(math.log, values)], least=math.log1p(least))
    edges = [0, *points, len(values)]
    levels = [Level(one, other, statistics.geometric_mean(values[one:other])) for one, other in pairwise(edges)]
    steps = [_step(runs, row, metric, numbers, values, before, after) for before, after in pairwise(levels)]
    return Track(row, metric, tuple(numbers), tuple(values), normalised, tuple(levels), tuple(steps))


def _values(runs: Sequence[Digest], row: str, metric: str) -> dict[int, float]:
    """By the run's number, what may stand beside the newest: believed, without doubt, at its rate, by its driver."""
    newest = next((run for run in reversed(runs) if _told(run, row, metric) is not None), None)
    if newest is None:
        return {}
    rate = newest.rows[row].figures[metric].rate
    found = {}
    for at, run in enumerate(runs):
        value = _told(run, row, metric)
        if value is None or (METRICS[metric].by_driver and run.driver != newest.driver):
            continue
        theirs = run.rows[row].figures[metric].rate
        if rate is None or theirs is None or abs(math.log(theirs / rate)) <= SAME_RATE:
            found[at] = value
    return found


def _told(run: Digest, row: str, metric: str) -> float | None:
    portrait: Portrait | None = run.rows.get(row)
    figures = portrait.figures.get(metric) if portrait and portrait.valid else None
    return statistics.geometric_mean(figures.by_launch.values()) if figures and not figures.doubt else None


def _factors(runs: Sequence[Digest], metric: str, yardsticks: Sequence[str]) -> dict[int, float]:
    """How far the yardsticks of each run that has some were from their own middle, as a factor."""
    steps: dict[int, list[float]] = {}
    for name in yardsticks:
        logarithms = {at: math.log(value) for at, value in _values(runs, name, metric).items()}
        for at, one in logarithms.items():
            steps.setdefault(at, []).append(one - statistics.median(logarithms.values()))
    return {at: math.exp(statistics.fmean(known)) for at, known in steps.items()}


def _step(
    runs: Sequence[Digest],
    row: str,
    metric: str,
    numbers: Sequence[int],
    values: Sequence[float],
    before: Level,
    after: Level,
) -> Step:
    """What happened between the last run of one level and the first of the next."""
    ratio = stats.unpaired_ratio(values[after.first : after.end], values[before.first : before.end])
    last, first = runs[numbers[after.first - 1]], runs[numbers[after.first]]
    kind = METRICS[metric]
    worse = (ratio.value > 1) != kind.more_is_better
    told = [{**run.conditions, row: run.rows[row].configuration} for run in (last, first)]
    return Step(
        point=after.first,
        before=numbers[after.first - 1],
        after=numbers[after.first],
        ratio=ratio,
        word=kind.worse if worse else kind.better,
        worse=worse,
        differences=tuple(one for one in differences(*told) if one.name != "seed"),
    )
