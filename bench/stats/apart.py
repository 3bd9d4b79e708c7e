"""How far launches that took turns in blocks lie apart: what hit a whole block moves nothing, nor does a hiccup."""

import statistics
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import floor
from typing import TypeVar

Block = TypeVar("Block", bound=Hashable)


def apart(
    launches: Sequence[Mapping[Block, float]], middle: Callable[[Sequence[float]], float] = statistics.median
) -> list[float]:
    """The distance of each launch from all of them, in the mean; it is as many, and their sum is 0.

    Two lie as far apart as the middle of their differences, over those blocks that both had a slice in.
    """
    usual = [middle([*slices.values()]) for slices in launches]

    def distance(one: int, other: int) -> float:
        ours, theirs = launches[one], launches[other]
        both = [value - theirs[block] for block, value in ours.items() if block in theirs]
        return middle(both) if both else usual[one] - usual[other]

    numbers = range(len(launches))
    return [statistics.fmean(distance(one, other) for other in numbers) for one in numbers]


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean of the middle half, of which the outermost count by the part that is in it. Raises where none is.

    What befell less than a quarter of the values at either end hardly moves it, and it takes in more of the others than
    the median does: of normal ones it scatters about a tenth less (Tukey's trimmed mean, with a quarter off each end).
    """
    ranked, off = sorted(values), len(values) / 4
    cut = floor(off)
    kept = ranked[cut : len(ranked) - cut]
    if len(kept) == 1:
        return kept[0]
    edge = 1 - (off - cut)
    return (edge * (kept[0] + kept[-1]) + sum(kept[1:-1])) / (2 * edge + len(kept) - 2)
