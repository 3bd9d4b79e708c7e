"""What it does to a launch to be an early or a late one of its round: told from rows in many orders, and taken off."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

Launches = Mapping[str, tuple[int, float]]
"""Rows that were up together: each one's place in the order of launches, and a positive value."""

_FREEDOM = 30
"""A slope that is told from less takes too much of chance's scatter along: its share is one of these."""


def placeless(rounds: Sequence[Launches]) -> list[dict[str, float]]:
    """The values as they would be, had everybody the same place, in the middle; as they are where too few tell.

    What places do is taken to be the same for all rows, and to grow evenly. Orders are drawn at random, so this moves
    no row for good; it takes away what the draw did (covariance adjustment: Fisher, 1932).
    """
    step = slope(rounds)
    middle = statistics.fmean(place for launches in rounds for place, _ in launches.values()) if rounds else 0.0
    return [
        {name: value * math.exp(step * (middle - place)) for name, (place, value) in launches.items()}
        for launches in rounds
    ]


def slope(rounds: Sequence[Launches]) -> float:
    """How much a logarithm grows from one place to the next; 0.0 where too few launches tell.

    Of every two rows in every two rounds that follow each other, what one gained on the other, by how many places it
    did: neither what rows are nor what rounds do to all is in that. The median, by places, is not moved by a wild row
    (Sen, Estimates of the regression coefficient based on Kendall's tau, 1968).
    """
    gains = [list(_gains(*following)) for following in pairwise(rounds)]
    if sum(max(0, len(each) - 1) for each in gains) < _FREEDOM:
        return 0.0
    return _weighted_median([found for each in gains for found in _slopes(each)])


def _gains(before: Launches, after: Launches) -> Iterator[tuple[int, float]]:
    """Places and logarithm that each row of both gained."""
    for name, (place, value) in after.items():
        if name in before:
            yield place - before[name][0], math.log(value / before[name][1])


def _slopes(gains: Sequence[tuple[int, float]]) -> Iterator[tuple[float, int]]:
    for (places, gain), (others, other) in combinations(gains, 2):
        if places != others:
            yield (gain - other) / (places - others), abs(places - others)


def _weighted_median(weighted: Sequence[tuple[float, int]]) -> float:
    """The value that half of the weight is below; 0.0 of none."""
    left = sum(weight for _, weight in weighted) / 2
    for value, weight in sorted(weighted):
        left -= weight
        if left <= 0:
            return value
    return 0.0
