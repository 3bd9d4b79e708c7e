"""Intervals of rows that were measured in the same rounds: of each one's place among the others, not of the day."""

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

from bench.judgement import Estimate
from bench.stats.elasticity import line
from bench.stats.intervals import estimate
from bench.stats.ranking import additive_fit
from bench.stats.student import CONFIDENCE, student

Round = TypeVar("Round", bound=Hashable)

_PRIOR = 4
"""The scatter that all rows have together counts like so many launches of each."""
_UNLIKELY = 3.09
"""What a standard normal exceeds once in 1,000."""
_FEWEST = 3
"""Among fewer rows nobody can tell which of them is the wild one."""
_ROUNDING = 1e-9


def relative(rows: Mapping[str, Mapping[Round, float]]) -> dict[str, Estimate]:
    """The geometric mean of each row's positive values, with a 95 % interval after the rounds' ups and downs.

    The scatter of few launches is known badly, so that of all rows is lent to each (Smyth, Linear models and empirical
    Bayes methods, 2004, with a fixed weight). A row that scatters far more than the others neither lends nor borrows
    (Phipson et al., Robust hyperparameter estimation, 2016, by a test of each): it would widen all, and narrow its own.
    A row that rounds move surely more or less than others has its own share of that taken off: it is no scatter.
    One row alone has nobody to be relative to: its interval is of the mean.
    """
    if len(rows) < 2:
        return {name: estimate(list(values.values())) for name, values in rows.items()}
    logs = {name: {at: math.log(value) for at, value in values.items()} for name, values in rows.items()}
    fit = _Fit(logs, set(logs))
    while wild := fit.wildest():
        fit = _Fit(logs, fit.calm - {wild})
    if fit.lent < 1 - _ROUNDING:
        return {name: Estimate(math.exp(mean)) for name, mean in fit.means.items()}
    return {name: fit.interval(name) for name in rows}


class _Fit:
    """Rows and rounds, where calm rows tell what a round did to all of them."""

    def __init__(self, logs: Mapping[str, Mapping[Round, float]], calm: set[str]) -> None:
        self.calm = calm
        self.means, self._squares, _ = additive_fit(logs, calm)
        # Calm rows have given one of their number's worth of each round to its effect.
        left = {name: 1 - (name in calm) / len(calm) for name in logs}
        self._rounds: dict[str, float] = {name: len(values) for name, values in logs.items()}
        self._freedom = {name: (rounds - 1) * left[name] for name, rounds in self._rounds.items()}
        self._straighten(logs)
        self.lent, self._pooled = self._together(calm)

    def _straighten(self, logs: Mapping[str, Mapping[Round, float]]) -> None:
        """Take from rows that rounds move more or less than the others what that makes of them."""
        if len(self.calm) < _FEWEST:
            return
        away: dict[Round, dict[str, float]] = {}
        for name in sorted(self.calm):
            for at, value in logs[name].items():
                away.setdefault(at, {})[name] = value - self.means[name]
        lines = {name: line(own, _others(name, away)) for name, own in logs.items()}
        for name, found in lines.items():
            if found:
                self.means[name], self._squares[name] = found.value, found.squares
                self._rounds[name], self._freedom[name] = found.rounds, found.freedom

    def _together(self, names: set[str]) -> tuple[float, float]:
        """The degrees of freedom of these rows, and their variance."""
        freedom = math.fsum(self._freedom[name] for name in names)
        return freedom, math.fsum(self._squares[name] for name in names) / freedom if freedom else 0.0

    def wildest(self) -> str | None:
        """The row whose scatter exceeds that of the others by more than chance makes it; None where none does."""
        able = {name: self._squares[name] / self._freedom[name] for name in self.calm if self._freedom[name] >= 1}
        if len(able) < _FEWEST:
            return None
        name = max(sorted(able), key=lambda name: able[name])
        freedom, others = self._together(self.calm - {name})
        return name if others and beyond(able[name] / others, self._freedom[name], freedom) > _UNLIKELY else None

    def interval(self, name: str) -> Estimate:
        borrowed, own, mean = _PRIOR * (name in self.calm), self._freedom[name], self.means[name]
        variance = (borrowed * self._pooled + self._squares[name]) / (borrowed + own)
        known = student((1 + CONFIDENCE) / 2, borrowed + own)
        reach = known * math.sqrt(variance / self._rounds[name])
        return Estimate(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))


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
