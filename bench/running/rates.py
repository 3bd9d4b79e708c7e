"""How fast rows are asked in the open model: shares of what they reached in the closed one."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bench.model import Load, Seconds, Window

_TOLERATED_ERRORS = 0.001
_FAR_BEHIND = 0.1
"""A row that reaches less than so much of the median would have all others asked at next to nothing."""
_ENOUGH = 1000
"""Answers, over all launches, on which a p99 may rest."""
_LONGEST: Seconds = 3.0


def capacity_load(loads: Iterable[Load]) -> str | None:
    """The load that tells what a row can do: the first closed one in which the driver has a core of its own."""
    return next((load.name for load in loads if load.model == "closed" and not load.shared), None)


def capacity(windows: Iterable[Window], load: str | None) -> float | None:
    """Responses per second at saturation: the median of the windows of that load."""
    seen = [window.throughput for window in windows if window.load == load and window.responses]
    return statistics.median(seen) if seen else None


def faulty(windows: Iterable[Window]) -> bool:
    """Whether too much was not answered rightly."""
    known = list(windows)
    errors = sum(sum(window.errors.values()) for window in known)
    return errors > _TOLERATED_ERRORS * sum(window.responses for window in known)


@dataclass(frozen=True)
class Common:
    """What rows reached in the first round, from which the rate common to all rows follows.

    `settled` is the least of them where it is known already, from windows that were measured at that rate.
    """

    capacities: Mapping[str, float]
    settled: float | None = None

    def slowest(self, server: str, own: float | None) -> float | None:
        """The least capacity of those rows that are not far behind; None for a row that is."""
        if not self.capacities:
            return None
        limit = _FAR_BEHIND * statistics.median(self.capacities.values())
        if self.capacities.get(server, own or 0.0) < limit:
            return None
        return self.settled or min(capacity for capacity in self.capacities.values() if capacity >= limit)


def with_rate(load: Load, own: float | None, slowest: float | None, launches: int) -> Load | None:
    """The load with its rate worked out; None while it cannot be.

    At a low rate it lasts longer, so that `launches` windows together have enough answers for a p99.
    """
    if load.model == "closed":
        return load
    of = slowest if load.share_of == "slowest" else own
    rate = load.rate if load.share is None else load.share * of if of else None
    if not rate:
        return None
    return replace(load, rate=rate, duration=max(load.duration, min(_ENOUGH / rate / launches, _LONGEST)))
