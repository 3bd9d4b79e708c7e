"""Ratios with intervals: of rounds in which both were measured, and of two that were measured apart."""

import math
import statistics
from collections.abc import Sequence

from bench.judgement import Estimate
from bench.stats.student import CONFIDENCE, student


def paired_ratio(log_ratios: Sequence[float]) -> Estimate:
    """The ratio exp(mean) of paired log-ratios, one a round, with Student's 95 % interval; none from one round.

    Raises ValueError for no rounds.
    """
    if not log_ratios:
        raise ValueError("no round to compare")
    mean, rounds = statistics.fmean(log_ratios), len(log_ratios)
    if rounds < 2:
        return Estimate(math.exp(mean))
    reach = student((1 + CONFIDENCE) / 2, rounds - 1) * statistics.stdev(log_ratios) / math.sqrt(rounds)
    return Estimate(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))


def unpaired_ratio(ours: Sequence[float], theirs: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Ours divided by theirs, as geometric means of one positive value a launch, with Welch's interval on logarithms.

    For runs of different times, where nothing pairs the rounds; no interval where either has one launch. A narrower
    error rate for several comparisons at once is a higher `confidence`. Raises ValueError for no launches.
    """
    if not ours or not theirs:
        raise ValueError("no launch to compare")
    sides = [[math.log(value) for value in side] for side in (ours, theirs)]
    step = statistics.fmean(sides[0]) - statistics.fmean(sides[1])
    if min(map(len, sides)) < 2:
        return Estimate(math.exp(step))
    errors = [statistics.variance(side) / len(side) for side in sides]
    if not sum(errors):
        return Estimate(math.exp(step), math.exp(step), math.exp(step))
    # Welch and Satterthwaite's degrees of freedom, which are no whole number.
    freedom = sum(errors) ** 2 / sum(error**2 / (len(side) - 1) for error, side in zip(errors, sides, strict=True))
    from scipy.special import stdtrit

    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * math.sqrt(sum(errors))
    return Estimate(math.exp(step), math.exp(step - reach), math.exp(step + reach))
