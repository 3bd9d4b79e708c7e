"""How throughput grows with connections: Gunther's universal scalability law, where it fits, and its peak.

C(N) = r N / (1 + a (N - 1) + b N (N - 1)): r for one connection alone, a for what waits in line, b for what all have to
agree on (Gunther, Guerrilla Capacity Planning, 2007). A server whose slots are simply all taken bends more sharply than
the law can; then there is none.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bench import stats
from bench.judgement import Estimate

Points: TypeAlias = Mapping[int, float]
"""Responses per second by connections."""

LEAST_LOADS, LEAST_LAUNCHES = 6, 3
_TOLERATED = 0.1


@dataclass(frozen=True)
class Law:
    """A fitted law, the largest share by which it misses a point, and where it peaks: None where launches disagree."""

    alone: float
    contention: float
    coherence: float
    miss: float
    peak: Estimate | None = None

    def at(self, connections: float) -> float:
        """Responses per second that it says."""
        more = connections - 1
        return self.alone * connections / (1 + self.contention * more + self.coherence * connections * more)


def law(launches: Sequence[Points]) -> Law | None:
    """The law of the launches' means; None where it misses one by more than a tenth, or where too little was measured.

    The peak is that of the same law, on a logarithmic scale, with an interval from redrawing launches. It is left out
    when one of the laws so drawn has none, and when its interval leaves the range that was measured.
    """
    shared = sorted(set.intersection(*(set(points) for points in launches))) if launches else []
    if len(launches) < LEAST_LAUNCHES or len(shared) < LEAST_LOADS:
        return None
    found = _fit(_mean(launches, shared))
    if found is None or found.miss > _TOLERATED:
        return None
    return replace(found, peak=_peak(launches, shared))


def _mean(launches: Sequence[Points], shared: Sequence[int]) -> Points:
    return {at: statistics.fmean(points[at] for points in launches) for at in shared}


def _fit(points: Points) -> Law | None:
    """Least squares of relative errors. N / C(N) is linear in 1 / r, a / r and b / r, none of which is negative."""
    import numpy
    from scipy.optimize import nnls

    if min(points.values()) <= 0:
        return None
    connections, speeds = (numpy.array(list(values), float) for values in (points.keys(), points.values()))
    columns = numpy.column_stack([numpy.ones_like(connections), connections - 1, connections * (connections - 1)])
    (slowness, contention, coherence), _ = nnls(columns * (speeds / connections)[:, None], numpy.ones_like(speeds))
    if not slowness:
        return None
    found = Law(1 / slowness, contention / slowness, coherence / slowness, 0.0)
    return replace(found, miss=max(abs(found.at(at) / speed - 1) for at, speed in points.items()))


def _peak(launches: Sequence[Points], shared: Sequence[int]) -> Estimate | None:
    try:
        logs = stats.hierarchical([[points] for points in launches], lambda drawn: _turn(_fit(_mean(drawn, shared))))
    except ValueError:
        return None
    if logs.low is None or logs.high is None:
        return None
    within = math.log(shared[0]) < logs.low and logs.high < math.log(shared[-1])
    return Estimate(*map(math.exp, (logs.value, logs.low, logs.high))) if within else None


def _turn(law: Law | None) -> float:
    """The logarithm of the connections at which a law peaks. Raises ValueError where it does not."""
    if law is None or law.contention >= 1 or law.coherence <= 0:
        raise ValueError("throughput rises to the end, or falls from the beginning")
    return math.log((1 - law.contention) / law.coherence) / 2
