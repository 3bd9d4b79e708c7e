"""Is head slower than base, by the random assignment alone: no distribution is assumed, so drift and outliers may be.

Which launch of a round was called head was drawn at random. If the build does not matter, every other assignment
would have given the same figures under other names, and the observed difference is one draw from those of all
assignments. Its place among them is the error rate, whatever noise does (Fisher, The Design of Experiments, 1935).
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_SUMS = 1 << 19
"""Sums of each half of the rounds that are written out; more than that squared is sampled."""
_DRAWS = 200_000
_CLOSE = 1e-9


def relabelled(rounds: Sequence[tuple[Sequence[float], Sequence[float]]], *, seed: int = 0) -> float:
    """How often chance alone makes head's mean exceed base's by as much as it does: the one-sided error rate.

    From rounds of launches: (logarithms of head's figures, those of base's). Within each round every choice of launches
    could have been head. One of each give two assignments, so that the least error rate of n rounds is 2**-n; two of
    each give six, so that four rounds reach 0.001. Raises ValueError for no rounds or an empty side.
    """
    return _share(tuple(_differences(head, base) for head, base in rounds), seed)


def _differences(head: Sequence[float], base: Sequence[float]) -> tuple[float, ...]:
    """Mean of head less mean of base under every assignment of a round's launches, the true one first."""
    if not head or not base:
        raise ValueError("a round without a launch of either side cannot be assigned otherwise")
    launches = (*head, *base)
    total = math.fsum(launches)
    sums = (math.fsum(chosen) for chosen in combinations(launches, len(head)))
    return tuple(chosen / len(head) - (total - chosen) / len(base) for chosen in sums)


@lru_cache(maxsize=4)
def _share(rounds: tuple[tuple[float, ...], ...], seed: int) -> float:
    """The share of all ways to take one value of each round whose sum is at least that of the first values.

    Exact where the rounds' halves can be written out: each sum of one half is looked up among those of the other.
    Beyond that a sample, in which the truth counts as one draw, so that it is never 0 (Phipson and Smyth, 2010). Kept,
    for while a second set is measured, the first set's is asked for after each round.
    """
    if not rounds:
        raise ValueError("no round to assign otherwise")
    import numpy

    observed = math.fsum(values[0] for values in rounds)
    enough = observed - _CLOSE * math.fsum(max(map(abs, values)) for values in rounds)
    halves = rounds[::2], rounds[1::2]
    if max(math.prod(map(len, half)) for half in halves) > _MOST_SUMS:
        draw = numpy.random.default_rng(seed)
        reached = sum(draw.choice(values, size=_DRAWS) for values in map(numpy.asarray, rounds)) >= enough
        return (int(numpy.count_nonzero(reached)) + 1) / (_DRAWS + 1)
    ours, theirs = map(_sums, halves)
    below = numpy.searchsorted(numpy.sort(theirs), enough - ours, side="left")
    every = len(ours) * len(theirs)
    return (every - int(below.sum())) / every


def _sums(rounds: Sequence[Sequence[float]]) -> "NDArray[Any]":
    import numpy

    sums = numpy.zeros(1)
    for values in rounds:
        sums = numpy.add.outer(sums, numpy.asarray(values)).ravel()
    return sums
