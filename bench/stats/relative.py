"""Intervals of rows that were measured in the same rounds: of each one's place among the others, not of the day."""

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

from bench.judgement import Estimate
from bench.stats.intervals import estimate
from bench.stats.ranking import additive_fit
from bench.stats.student import CONFIDENCE, student

Round = TypeVar("Round", bound=Hashable)

_PRIOR = 4
"""The scatter that all rows have together counts like so many launches of each."""


def relative(rows: Mapping[str, Mapping[Round, float]]) -> dict[str, Estimate]:
    """The geometric mean of each row's positive values, with a 95 % interval after the rounds' ups and downs.

    The scatter of few launches is known badly, so that of all rows is lent to each (Smyth, Linear models and empirical
    Bayes methods, 2004, with a fixed weight). One row alone has nobody to be relative to: its interval is of the mean.
    """
    if len(rows) < 2:
        return {name: estimate(list(values.values())) for name, values in rows.items()}
    logs = {name: {at: math.log(value) for at, value in values.items()} for name, values in rows.items()}
    means, squares, freedom = additive_fit(logs)
    if freedom < 1:
        return {name: Estimate(math.exp(mean)) for name, mean in means.items()}
    pooled, share = sum(squares.values()) / freedom, 1 - 1 / len(rows)
    return {name: _interval(means[name], squares[name], len(logs[name]), pooled, share) for name in rows}


def _interval(mean: float, squares: float, rounds: int, pooled: float, share: float) -> Estimate:
    own = (rounds - 1) * share
    variance = (_PRIOR * pooled + squares) / (_PRIOR + own)
    reach = student((1 + CONFIDENCE) / 2, int(_PRIOR + own)) * math.sqrt(variance / rounds)
    return Estimate(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))
