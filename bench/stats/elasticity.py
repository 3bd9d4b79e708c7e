"""How much a row is moved by what moves all rows: some feel a slow hour half as much as others, and do so reliably."""

import statistics
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bench.stats.student import student

Round = TypeVar("Round", bound=Hashable)

_UNLIKELY = 0.001


@dataclass(frozen=True)
class Line:
    """A row's logarithms as a straight line of what the others came to: their value where the others have their mean.

    It is as uncertain as the mean of so many `rounds`, each with a variance of `squares` over `freedom`.
    """

    value: float
    squares: float
    freedom: int
    rounds: float


def line(own: Mapping[Round, float], others: Mapping[Round, float]) -> Line | None:
    """The line of a row that surely does not move as the others do, in the rounds that both have; None of any other.

    Sure is what chance does to one row in 1,000 that does move alike. It is the joint regression of Finlay and
    Wilkinson, The analysis of adaptation in a plant-breeding programme, 1963, with rounds for places and years.
    """
    seen = [(others[at], value) for at, value in own.items() if at in others]
    if len(seen) < 3 or len({there for there, _ in seen}) < 2:
        return None
    slope, start = statistics.linear_regression(*zip(*seen, strict=True))
    freedom, middle = len(seen) - 2, statistics.fmean(there for there, _ in seen)
    squares = sum((value - start - slope * there) ** 2 for there, value in seen)
    spread = sum((there - middle) ** 2 for there, _ in seen)
    if abs(slope - 1) <= student(1 - _UNLIKELY / 2, freedom) * (squares / freedom / spread) ** 0.5:
        return None
    centre = statistics.fmean(others.values())
    return Line(start + slope * centre, squares, freedom, 1 / (1 / len(seen) + (centre - middle) ** 2 / spread))
