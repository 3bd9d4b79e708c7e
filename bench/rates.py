"""How fast rows are asked in the open model: shares of what they reached in the closed one."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import replace

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


def slowest(capacities: Mapping[str, float]) -> float | None:
    """The capacity from which the rate common to all rows follows: the least of those that are not far behind."""
    if not capacities:
        return None
    limit = _FAR_BEHIND * statistics.median(capacities.values())
    return min(capacity for capacity in capacities.values() if capacity >= limit)


def with_rate(load: Load, own: float | None, common: float | None, launches: int) -> Load | None:
    """The load with its rate worked out; None while it cannot be, or when the row could never keep up with it.

    At a low rate it lasts longer, so that `launches` windows together have enough answers for a p99.
    """
    if load.model == "closed":
        return load
    of = common if load.share_of == "slowest" else own
    rate = load.rate if load.share is None else load.share * of if of else None
    if not rate or (load.share_of == "slowest" and own and rate > own):
        return None
    return replace(load, rate=rate, duration=max(load.duration, min(_ENOUGH / rate / launches, _LONGEST)))
