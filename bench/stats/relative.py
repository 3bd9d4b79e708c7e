"""Intervals of rows that were measured in the same rounds: of each one's place among the others, not of the day."""

import math
import statistics
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bench.judgement import Estimate
from bench.stats.elasticity import line
from bench.stats.intervals import estimate
from bench.stats.ranking import additive_fit
from bench.stats.student import CONFIDENCE, student

Round = TypeVar("Round", bound=Hashable)

_UNLIKELY = 3.09
"""What a standard normal exceeds once in 1,000."""
_FEWEST = 3
"""Among fewer rows nobody can tell which of them is the wild one."""


def relative(rows: Mapping[str, Mapping[Round, float]]) -> dict[str, Estimate]:
    """The geometric mean of each row's positive values, with a 95 % interval after the rounds' ups and downs.

    Each row is told by its own scatter: rows are not alike, and one that borrowed the others' calm would be told too
    precisely. A row that scatters far more than the others tells nobody what a round did. One that rounds move surely
    more or less than others has its own share of that taken off: it is no scatter. A row that was never launched twice
    beside others has no interval. One row alone has nobody to be relative to: its interval is of the mean.
    """
    if len(rows) < 2:
        return {name: estimate(list(values.values())) for name, values in rows.items()}
    logs = {name: {at: math.log(value) for at, value in values.items()} for name, values in rows.items()}
    fit = _Fit(logs, set(logs))
    while wild := fit.wildest():
        fit = _Fit(logs, fit.calm - {wild})
    return {name: fit.interval(name) for name in rows}


@dataclass(frozen=True)
class _Known:
    """A row's mean logarithm, as uncertain as so many rounds leave it, and what its launches scatter about it.

    Of that the rounds' effects have `taken` a share, since the row is one of those which tell them.
    """

    value: float
    squares: float
    freedom: int
    rounds: float
    taken: float = 0.0

    @property
    def expected(self) -> float:
        """The squares that a variance of 1 leaves."""
        return self.freedom * (1 - self.taken)

    @property
    def variance(self) -> float:
        return self.squares / self.expected


class _Fit:
    """Rows and rounds, where calm rows tell what a round did to all of them."""

    def __init__(self, logs: Mapping[str, Mapping[Round, float]], calm: set[str]) -> None:
        self.calm = calm
        means, squares, _ = additive_fit(logs, calm)
        self._known = {
            name: _Known(means[name], squares[name], len(parts) - 1, len(parts), statistics.fmean(parts))
            for name, parts in _parts(logs, calm).items()
            if len(parts) > 1
        }
        self._means = means
        if len(calm) >= _FEWEST:
            self._straighten(logs)

    def _straighten(self, logs: Mapping[str, Mapping[Round, float]]) -> None:
        """Take from rows that rounds move more or less than the others what that makes of them."""
        away: dict[Round, dict[str, float]] = {}
        for name in sorted(self.calm):
            for at, value in logs[name].items():
                away.setdefault(at, {})[name] = value - self._means[name]
        for name, own in logs.items():
            if found := line(own, _others(name, away)):
                self._known[name] = _Known(found.value, found.squares, found.freedom, found.rounds)

    def wildest(self) -> str | None:
        """The row whose scatter exceeds that of the others by more than chance makes it; None where none does."""
        calm = {name: self._known[name] for name in sorted(self.calm & self._known.keys())}
        able = [name for name, known in calm.items() if known.freedom > 1]
        if len(able) < _FEWEST:
            return None
        name = max(able, key=lambda name: calm[name].variance)
        wild = calm.pop(name)
        expected = math.fsum(each.expected for each in calm.values())
        ratio = wild.variance * expected / (math.fsum(each.squares for each in calm.values()) or math.inf)
        return name if ratio and beyond(ratio, wild.freedom, expected) > _UNLIKELY else None

    def interval(self, name: str) -> Estimate:
        known = self._known.get(name)
        if known is None:
            return Estimate(math.exp(self._means[name]))
        reach = student((1 + CONFIDENCE) / 2, known.freedom) * math.sqrt(self._variance(known) / known.rounds)
        return Estimate(math.exp(known.value), math.exp(known.value - reach), math.exp(known.value + reach))

    def _variance(self, known: _Known) -> float:
        """What a rough row lost to the rounds' effects is more than its share, by how much rougher it is.

        Russell and Bradley, One-way variances in a two-way classification, 1958. The same would narrow what a calm row
        seems to scatter; that is known too badly while launches are few, and is not done.
        """
        if not 0 < known.taken < 1 / 2:
            return known.variance
        usual = statistics.fmean(self._known[name].variance for name in self.calm & self._known.keys())
        return known.variance + max(0.0, known.variance - usual) * known.taken / (1 - 2 * known.taken)


def _parts(logs: Mapping[str, Mapping[Round, float]], calm: set[str]) -> dict[str, list[float]]:
    """Which part each row has in what is told of each round that others tell of as well; 0 where it is not calm."""
    told = Counter(at for name in calm for at in logs[name])
    return {
        name: [1 / told[at] if name in calm else 0.0 for at in values if told[at] > (name in calm)]
        for name, values in logs.items()
    }


def _others(name: str, away: Mapping[Round, Mapping[str, float]]) -> dict[Round, float]:
    """How far in each round the others were from their means, in the mean."""
    left = {
        at: (sum(found.values()) - found.get(name, 0.0), len(found) - (name in found)) for at, found in away.items()
    }
    return {at: total / count for at, (total, count) in left.items() if count}


def beyond(ratio: float, above: float, below: float) -> float:
    """How many standard deviations a ratio of variances is beyond what their degrees of freedom let expect.

    Paulson, An approximate normalization of the analysis of variance distribution, 1942: the cube root of F.
    """
    root, over, under = math.cbrt(ratio), 2 / (9 * above), 2 / (9 * below)
    return ((1 - under) * root - (1 - over)) / math.sqrt(under * root * root + over)
