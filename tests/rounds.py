"""Rounds of a gate whose truth is known, since they are made: no server is started."""

import math
from collections.abc import Callable, Sequence
from random import Random

from bench.contest import OTHER, Build, Entry, Round
from bench.histogram import Histogram
from bench.model import Slices, Window

BUILDS: tuple[Build, ...] = ("base", "base", "head", "head")
BLOCKS = 10


def window(cost: float, draw: Random, errors: dict[str, int] | None = None, bursts: Sequence[float] = ()) -> Window:
    """Slices of a launch whose response costs so many seconds; `bursts` are what each block suffers, as logarithms."""
    responses = tuple(draw.randint(90, 110) for _ in range(BLOCKS))
    disturbed = list(bursts) or [0.0] * BLOCKS
    spent = tuple(
        cost * math.exp(burst + draw.gauss(0, 0.02)) * answers
        for answers, burst in zip(responses, disturbed, strict=True)
    )
    slices = Slices(1, 0.02, None, (0.02,) * BLOCKS, responses, responses, spent, server_cpu=spent)
    return Window("turns", "closed", 8, 0.0, 0.02 * BLOCKS, sum(responses), errors or {}, slices=slices)


def steady(latency: float) -> Window:
    histogram = Histogram()
    histogram.record(round(latency * 1e6))
    return Window("steady", "open", 64, 0.0, 0.1, 1, latency=histogram.encode())


def a_round(entry: Callable[[Build], Entry], builds: Sequence[Build] = BUILDS) -> Round:
    """A round of launches in this order, and with the builds exchanged."""
    return Round(tuple(map(entry, builds)), tuple(entry(OTHER[build]) for build in builds), 1.6)


def made(draw: Random, effect: float = 0.0, scatter: float = 0.017, **faults: dict[str, int]) -> Round:
    """One round: launches scatter as they really do, and whatever disturbs a block disturbs all launches."""
    bursts = [draw.expovariate(20) for _ in range(BLOCKS)]

    def entry(build: Build) -> Entry:
        cost = 2e-4 * math.exp(draw.gauss(0, scatter) + (math.log1p(effect) if build == "head" else 0))
        return Entry(build, window(cost, draw, faults.get(build), bursts), steady(cost * 5))

    return a_round(entry, draw.sample(BUILDS, 4))
