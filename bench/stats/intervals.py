"""Intervals from repeated launches: of a mean, of any figure of all blocks together, of a quantile of latency.

All of them widen by Student's t over the launches. A bootstrap's own percentiles do not: over three launches they
cannot hold the truth more than 3 times in 4, since no mean of redrawn launches leaves the range of the three.
`benchmarks/coverage.py` counts how often each holds.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from bench.histogram import Histogram
from bench.judgement import Estimate
from bench.stats.student import CONFIDENCE, student

Block = TypeVar("Block")

_DRAWS = 500
_SHORTEST = 1e-6
"""A histogram's unit: latencies below it are taken for it, since logarithms know no zero."""


def estimate(per_round: Sequence[float]) -> Estimate:
    """The mean over rounds with Student's 95 % interval; a value is one launch's median, of a quantity never below 0.

    The launch is the unit of replication: windows of one launch share its luck, so their number narrows nothing.
    Raises ValueError for no values.
    """
    if not per_round:
        raise ValueError("no round to estimate from")
    value, rounds = statistics.fmean(per_round), len(per_round)
    if rounds < 2:
        return Estimate(value)
    reach = _reach(rounds) * statistics.stdev(per_round) / math.sqrt(rounds)
    return Estimate(value, max(0.0, value - reach), value + reach)


def hierarchical(
    launches: Sequence[Sequence[Block]],
    figure: Callable[[Sequence[Block]], float],
    *,
    draws: int = _DRAWS,
    seed: int = 0,
) -> Estimate:
    """`figure` of the blocks of all launches together, with a 95 % interval from redrawing launches.

    For what is no mean over launches, such as the peak of a law fitted to them. Of the ways to redraw hierarchical
    data, whole launches with replacement and each one's blocks as they are follow the true variance most closely;
    redrawing the blocks too counts their noise twice (Davison and Hinkley, Bootstrap Methods, 1997, section 3.8). The
    redrawn figures give the standard error, whose square n launches drawn from n make too small by 1 / n, and Student's
    t gives the reach. The same arguments give the same interval. Raises ValueError for no launches.
    """
    if not launches:
        raise ValueError("no launch to estimate from")
    value, count, draw = figure(_together(launches)), len(launches), Random(seed)
    if count < 2:
        return Estimate(value)
    redrawn = [figure(_together(draw.choices(launches, k=count))) for _ in range(draws)]
    reach = _reach(count) * math.sqrt(count / (count - 1)) * statistics.stdev(redrawn)
    return Estimate(value, value - reach, value + reach)


def quantile(launches: Sequence[Histogram], share: float) -> Estimate | None:
    """The latency that `share` (0..1) of all responses do not exceed, in seconds; None without any response.

    By sectioning: the quantile of all counts together, and as its scatter the logarithms of each launch's own quantile
    about it, widened by Student's t. Responses follow each other, so an interval from their number alone would be far
    too narrow (Asmussen and Glynn, Stochastic Simulation, 2007, section III.5a). A section is one launch's windows.
    """
    sections = [section for section in launches if section.counts]
    value = Histogram().merge(*sections).quantile(share)
    if value is None:
        return None
    if len(sections) < 2:
        return Estimate(value)
    steps = [math.log(max(section.quantile(share) or 0.0, _SHORTEST) / max(value, _SHORTEST)) for section in sections]
    scatter = math.sqrt(math.fsum(step * step for step in steps) / (len(steps) - 1))
    widening = math.exp(_reach(len(steps)) * scatter / math.sqrt(len(steps)))
    return Estimate(value, value / widening, value * widening)


def _together(launches: Sequence[Sequence[Block]]) -> list[Block]:
    return [block for blocks in launches for block in blocks]


def _reach(launches: int) -> float:
    return student((1 + CONFIDENCE) / 2, launches - 1)
