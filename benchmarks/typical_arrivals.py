"""Random arrivals that are typical: few as they are, a perfect queue makes of them what the textbook says of endless.

A queue's slow moments come in bunches: at a load of 0.8 its p99 scatters by 7 % over 24,000 arrivals, and by 2 % still
over half a million (16 series each). Windows are numbered, and their arrivals follow from the number: of many stretches
of numbers the one is taken whose arrivals make a perfect queue (one server, each question the same time) come nearest
to Erlang's series. No server has a part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, takewhile
from math import exp, inf, log

import perfect_queue

from bench.drivers.open import timetable

SHARES = (0.5, 0.9, 0.99)
TRIED = 400


@dataclass(frozen=True)
class Queue:
    """So many arrivals a second, each served in so many seconds, in windows of so many seconds."""

    rate: float
    service: float
    window: float

    def quantile(self, share: float) -> float:
        """What the textbook says, seconds."""
        return perfect_queue.quantile(self.rate * self.service, share) * self.service

    def waits(self, number: int) -> list[float]:
        """What the arrivals of the window of this number wait for a perfect server, seconds."""
        end = self.window * 1e9
        due = takewhile(lambda at: at < end, timetable(self.rate, "poisson", number))
        return [wait / 1e9 for wait in perfect_queue.waits(due, self.service * 1e9)]


@cache
def first(queue: Queue, windows: int) -> int:
    """The number from which on so many windows are the most typical."""
    marks = [queue.quantile(share) for share in SHARES]
    found = [beyond(queue.waits(number), marks) for number in range(1, TRIED + windows)]
    sums = [list(accumulate(column, initial=0)) for column in zip(*found, strict=True)]
    slopes = [slope(queue, share) for share in SHARES]

    def far(start: int) -> float:
        total, *over = (column[start + windows] - column[start] for column in sums)
        shares = zip(over, SHARES, slopes, strict=True)
        return max(abs(log(count / total / (1 - share))) * slope if count else inf for count, share, slope in shares)

    return min(range(TRIED), key=far) + 1


def beyond(waits: Sequence[float], marks: Sequence[float]) -> list[int]:
    """How many there are, and how many of them are above each mark."""
    return [len(waits), *(sum(wait > mark for wait in waits) for mark in marks)]


def slope(queue: Queue, share: float) -> float:
    """By how much a quantile is off, as a share of it, for each share by which too many or too few lie beyond it."""
    step = 0.05
    return log(queue.quantile(1 - (1 - share) * exp(-step)) / queue.quantile(share)) / step
