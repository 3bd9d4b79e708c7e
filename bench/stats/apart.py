"""How far launches that took turns in blocks lie apart: what hit a whole block moves nothing, nor does a hiccup."""

import statistics
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Block = TypeVar("Block", bound=Hashable)


def apart(launches: Sequence[Mapping[Block, float]]) -> list[float]:
    """The distance of each launch from all of them, in the mean; it is as many, and their sum is 0.

    Two lie as far apart as the median of their differences, over those blocks that both had a slice in.
    """
    usual = [statistics.median(slices.values()) for slices in launches]

    def distance(one: int, other: int) -> float:
        ours, theirs = launches[one], launches[other]
        both = [value - theirs[block] for block, value in ours.items() if block in theirs]
        return statistics.median(both) if both else usual[one] - usual[other]

    numbers = range(len(launches))
    return [statistics.fmean(distance(one, other) for other in numbers) for one in numbers]
