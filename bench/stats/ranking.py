"""Ranks that admit what they cannot tell: rows that a simultaneous comparison does not separate share a place."""

import math
import statistics
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import TypeVar

from bench.stats.student import CONFIDENCE, student

Round = TypeVar("Round", bound=Hashable)

Rank = tuple[int, int]
"""The best and the worst place a row may have; equal where its place is certain."""

_MOST_STEPS, _STILL = 50, 1e-13


def ranks(rows: Mapping[str, Mapping[Round, float]], *, most_first: bool = True) -> dict[str, Rank]:
    """Rank intervals that are all right at once in 95 % of runs, from a positive value for each round of each row.

    A row's best place is 1 + the rows surely better, its worst is the number of rows less those surely worse
    (Al Mohamad, Goeman, van Zwet, Simultaneous confidence intervals for ranks, Biometrics 2022). Sure is what a
    Bonferroni-corrected comparison of logarithms says, after the rounds' common ups and downs are taken off.
    """
    surely_ahead = _comparison(rows, most_first)
    return {
        name: (
            1 + sum(surely_ahead(other, name) for other in rows),
            len(rows) - sum(surely_ahead(name, other) for other in rows),
        )
        for name in rows
    }


def _comparison(rows: Mapping[str, Mapping[Round, float]], most_first: bool) -> Callable[[str, str], bool]:
    means, scatter, freedom = additive_fit(
        {name: {at: math.log(value) for at, value in rounds.items()} for name, rounds in rows.items()}
    )
    pairs = math.comb(len(rows), 2)
    if not pairs or freedom < 1:
        return lambda one, other: False
    reach = student(1 - (1 - CONFIDENCE) / (2 * pairs), freedom)
    pooled = sum(scatter.values()) / freedom
    sign = 1 if most_first else -1

    def surely_ahead(one: str, other: str) -> bool:
        error = sum(_variance(scatter[name], len(rows[name]), pooled) / len(rows[name]) for name in (one, other))
        return sign * (means[one] - means[other]) > reach * math.sqrt(error)

    return surely_ahead


def _variance(squares: float, rounds: int, pooled: float) -> float:
    # A row that scatters more than the others is judged by its own scatter, not by their calm.
    return max(pooled, squares / (rounds - 1)) if rounds > 1 else pooled


def additive_fit(
    logs: Mapping[str, Mapping[Round, float]], telling: Collection[str] | None = None
) -> tuple[dict[str, float], dict[str, float], int]:
    """Fit row + round; give each row's mean, its squared residuals, and the degrees of freedom left.

    What a round did to all is taken from the rows that are `telling` (all of them by default). Rounds may be missing
    for some rows, hence the alternation: it converges geometrically, at once where none is.
    """
    told = logs if telling is None else {name: logs[name] for name in telling}
    rounds = {at for values in told.values() for at in values}
    effect = dict.fromkeys(rounds, 0.0)
    means = dict.fromkeys(logs, 0.0)
    for _ in range(_MOST_STEPS):
        before = means
        means = {
            name: statistics.fmean(log - effect.get(at, 0.0) for at, log in values.items())
            for name, values in logs.items()
        }
        effect = {
            at: statistics.fmean(values[at] - means[name] for name, values in told.items() if at in values)
            for at in rounds
        }
        if all(abs(mean - before[name]) < _STILL for name, mean in means.items()):
            break
    scatter = {
        name: math.fsum((log - means[name] - effect.get(at, 0.0)) ** 2 for at, log in values.items())
        for name, values in logs.items()
    }
    return means, scatter, sum(map(len, logs.values())) - len(logs) - len(rounds) + 1
