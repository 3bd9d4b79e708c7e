"""Where a series changes its level: E-divisive means, made certain by Student's t as in Hunter.

The statistic is Matteson and James's (A nonparametric approach for multiple change point analysis of multivariate
data, JASA 2014, arXiv 1306.4933); windows, the t-test in place of permutations and the merging of weak points are
those of Fleming et al. (Hunter, ICPE 2023, doi 10.1145/3578244.3583719; now Apache Otava, whose package asks for
older NumPy and SciPy than ours and for a score of clients of databases).
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

CERTAIN = 0.0001
"""The two-sided error rate of a step between two levels.

Hunter has 0.001, with which 5 of 100 quiet series of 60 runs alarmed, and 18 of 100 of 200 runs: every place of a
series is another chance to be wrong. With this it was none and 1 or 2.
"""
WINDOW = 50
_WEAK = 10
"""How many times that rate a point may have before its neighbours are known."""
_SHORTEST = 2
"""Values that make a level: one may be a bad day."""


def change_points(values: Sequence[float], *, certain: float = CERTAIN, least: float = 0.0) -> list[int]:
    """The indices at which a new level begins, for values whose steps are differences: take logarithms of ratios.

    A step must be at least `least` large. Empty for fewer than four values.
    """
    weak: set[int] = set()
    begin = 0
    while begin < len(values):
        found = _split(values, begin, min(begin + WINDOW, len(values)), certain * _WEAK)
        weak |= set(found)
        begin = max([*found, begin + WINDOW // 2])
    return _merged(values, sorted(weak), certain, least)


def statistic(values: Sequence[float]) -> "NDArray[Any]":
    """Q of splitting the first k values after the first t: row t - 1, column k - 2, as a square of len(values) - 1.

    Twice the mean distance across the split less the mean distances within both parts, weighted by their sizes; where
    nothing can be split, minus infinity.
    """
    import numpy

    series = numpy.asarray(values, dtype=float)
    size = len(series)
    sums = numpy.zeros((size + 1, size + 1))
    sums[1:, 1:] = numpy.abs(series[:, None] - series[None, :]).cumsum(axis=0).cumsum(axis=1)
    left = numpy.arange(1, size)[:, None]
    upto = numpy.arange(2, size + 1)[None, :]
    right = upto - left
    before = sums[left, left] / 2
    across = sums[left, upto] - sums[left, left]
    after = (sums[upto, upto] - sums[left, upto] - sums[upto, left] + sums[left, left]) / 2
    with numpy.errstate(divide="ignore", invalid="ignore"):
        within = numpy.where(left > 1, 2 * right * before / (left - 1), 0.0)
        within += numpy.where(right > 1, 2 * left * after / (right - 1), 0.0)
        quality = (2 * across - within) / upto
    return numpy.where(right > 0, quality, -math.inf)


def error_rate(before: Sequence[float], after: Sequence[float]) -> float:
    """How often two samples of one level lie this far apart: Student's t-test, two-sided; 1 for too few values."""
    freedom = len(before) + len(after) - 2
    if freedom < 1 or not before or not after:
        return 1.0
    from scipy.special import stdtr

    ours, theirs = math.fsum(before) / len(before), math.fsum(after) / len(after)
    squares = math.fsum((one - ours) ** 2 for one in before) + math.fsum((one - theirs) ** 2 for one in after)
    error = math.sqrt(squares / freedom * (1 / len(before) + 1 / len(after)))
    if not error:
        return 1.0 if ours == theirs else 0.0
    return float(2 * stdtr(freedom, -abs(ours - theirs) / error))


def _split(values: Sequence[float], begin: int, end: int, certain: float) -> list[int]:
    """The points at which values from `begin` to `end` fall apart, each part split again."""
    if end - begin < 2 * _SHORTEST:
        return []
    import numpy

    quality = statistic(values[begin:end])
    # Parts of fewer values make no level.
    quality[: _SHORTEST - 1] = -math.inf
    quality -= numpy.where(numpy.tri(end - begin - 1, k=_SHORTEST - 2, dtype=bool), math.inf, 0.0)
    row, column = numpy.unravel_index(int(numpy.argmax(quality)), quality.shape)
    point, upto = begin + int(row) + 1, begin + int(column) + 2
    if error_rate(values[begin:point], values[point:upto]) > certain:
        return []
    return [*_split(values, begin, point, certain), point, *_split(values, point, end, certain)]


def _merged(values: Sequence[float], points: list[int], certain: float, least: float) -> list[int]:
    """Drop the least certain point, then the smallest, until all of them are certain and large enough."""
    while points:
        edges = [0, *points, len(values)]
        parts = [values[one:other] for one, other in pairwise(edges)]
        steps = [
            (error_rate(before, after), -abs(math.fsum(after) / len(after) - math.fsum(before) / len(before)))
            for before, after in pairwise(parts)
        ]
        worst = max(range(len(points)), key=lambda at: steps[at])
        if steps[worst][0] <= certain:
            worst = max(range(len(points)), key=lambda at: steps[at][1])
            if -steps[worst][1] >= least:
                return points
        points = points[:worst] + points[worst + 1 :]
    return points
