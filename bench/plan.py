"""Which server is launched when: rounds over all rows, each round in an order drawn anew from the run's seed."""

from collections.abc import Sequence
from random import Random

from bench.model import Trial


def interleaved(servers: Sequence[str], rounds: int, seed: int) -> tuple[Trial, ...]:
    """Every server once a round, so that drift of the machine is shared by all; each launch has a seed of its own.

    Randomised multiple interleaved trials: Abedi & Brecht, ICPE 2017.
    """
    draw = Random(seed)
    return tuple(
        Trial(server, number, position, draw.getrandbits(32))
        for number in range(rounds)
        for position, server in enumerate(draw.sample(list(servers), len(servers)))
    )
