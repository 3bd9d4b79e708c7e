"""Which server is launched when, and what is asked of it: rounds over all rows, each in an order drawn anew."""

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random

from bench.model import Load, Run, Trial

LEAST_ROUNDS = 3
"""So many tell how much launches differ."""
LEAST_ALONE = 8
"""Rows that share rounds are seldom all known too well by luck; one alone often is, and its run ends there."""


def a_round(servers: Sequence[str], number: int, seed: int) -> tuple[Trial, ...]:
    """Every server once, so that drift of the machine is shared by all; each launch has a seed of its own.

    Randomised multiple interleaved trials: Abedi & Brecht, ICPE 2017. Any round can be drawn without those before it.
    """
    draw = Random(f"{seed} {number}")
    return tuple(
        Trial(server, number, position, draw.getrandbits(32))
        for position, server in enumerate(draw.sample(list(servers), len(servers)))
    )


def rounds(servers: Sequence[str], seed: int, limit: int | None = None, first: int = 0) -> Iterator[tuple[Trial, ...]]:
    """One round after the other, from the first or from a later one; endlessly without a limit."""
    for number in count(first) if limit is None else range(first, limit):
        yield a_round(servers, number, seed)


def least_rounds(run: Run) -> int:
    """Before so many no run ends for being precise; `benchmarks/stopping.py` counts what that does."""
    return LEAST_ROUNDS if len(run.servers) > 1 else LEAST_ALONE


def loads(run: Run, number: int) -> tuple[Load, ...]:
    """Those of a round: all, but where rounds only go on until slices are precise, one of the open model by turns."""
    by_turns = [load for load in run.loads if load.model == "open"]
    if run.rounds or number < LEAST_ROUNDS or not by_turns or not any(load.slice for load in run.loads):
        return run.loads
    turn = by_turns[number % len(by_turns)]
    return tuple(load for load in run.loads if load.model != "open" or load is turn)
