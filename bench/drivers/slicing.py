"""Load in slices: one target after the other for milliseconds each, in an order drawn anew for every block.

Whatever else the machine does then hits neighbouring slices alike.
"""

import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random

from bench.drivers.messages import Cut
from bench.drivers.pool import Pool
from bench.drivers.turns import Turns
from bench.model import Load, Seconds, Target, Window

_BEAT: Seconds = 1.0
"""After so long it is told again that the work goes on."""


def sliced(
    rows: Sequence[tuple[Pool, Target]], load: Load, cut: Cut, order: int, beat: Callable[[int], None] = lambda _: None
) -> tuple[Window, ...]:
    """Slices for all of these targets, block by block; a window each, in the order given.

    A target that answers no more is left out of the blocks that follow. `beat` is called between slices with the
    responses so far, about once a second.
    """
    draw, shares = Random(cut.seed), cut.shares or (1,) * len(rows)
    turns = [Turns(pool, target, load, draw.getrandbits(32)) for pool, target in rows]
    began = told = time.monotonic()
    with _placed(cut.cores):
        for block in range(cut.blocks):
            if cut.limit is not None and time.monotonic() - began > cut.limit:
                break
            longest = _longest(turns, cut)
            for row in draw.sample(turns, sum(shares), counts=shares):
                if row.asked <= longest and not row.lost:
                    row.take(cut, block)
                if time.monotonic() - told > _BEAT:
                    told = time.monotonic()
                    beat(sum(row.responses for row in turns))
        return tuple(row.window(order, cut) for row in turns)


def _longest(turns: Sequence[Turns], cut: Cut) -> Seconds:
    """How long a row may have had its turn to have another slice: far more than is usual is too long."""
    spent = [row.asked for row in turns if not row.lost]
    # At first nobody has had any; a slice of the length that was planned is usual then.
    return cut.patience * max(cut.length, statistics.median(spent)) if cut.patience and spent else math.inf


@contextmanager
def _placed(cores: Sequence[int] | None) -> Iterator[None]:
    """Have the calling thread run on these cores for the length of a block."""
    if cores and sys.platform == "linux":
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)
    else:
        yield
