"""What limited a row at capacity: the server or the driver, or else neither, and then it is no capacity."""

import statistics
from collections.abc import Iterable, Sequence
from functools import partial

from bench.judgement import Finding
from bench.model import Window
from bench.validity.driver import BUSY_DRIVER, NEAR_CEILING, starvation
from bench.validity.evidence import Evidence, merged, middle, percent, time

PLATEAU = (0.038, 0.052)
FLAT = 1.1
PLATEAU_SERVER = 0.9
IDLE_SERVER = 0.8
BUSY_SLOTS = 0.8
ENOUGH_CONNECTIONS = 16
"""Fewer may fail to keep a server busy by themselves."""


def plateau(evidence: Evidence) -> Iterable[Finding]:
    """IDLE: everybody waits for the same timer: delayed acknowledgements against Nagle's algorithm, 40 ms on Linux.

    A single process that is the limit uses a whole core, however flat its latency. Where answers were counted, 85 % of
    them must lie on the plateau; where only quantiles are told, p99 must be near the median.
    """
    latency = merged(window.latency for window in evidence.closed)
    median = latency.quantile(0.5) or middle(evidence.closed, _typical)
    tail = latency.quantile(0.99) or middle(evidence.closed, lambda window: window.latency_quantiles.get("p99"))
    used = middle(evidence.closed, _used)
    if median and tail and used is not None:
        low, high = latency.quantile(0.05) or median, latency.quantile(0.9) or median
        flat = PLATEAU[0] <= low <= high <= PLATEAU[1] and (tail / median < FLAT or bool(latency.counts))
        told = f"median {time(median)} and p99 {time(tail)} while the server used {used:.2f} cores"
        yield Finding("IDLE", not (flat and used < PLATEAU_SERVER), told)


def nobody(evidence: Evidence) -> Iterable[Finding]:
    """IDLE: neither server nor driver was the limit, so that something else was: a timer, a queue, a wait of the app.

    Cores that others held, a quota withheld, or the driver had where there is only one, are counted as if the server
    had used them, for it may have waited for one. All slots are taken to be busy where the time of an answer on the
    idle server, times throughput, fills them.
    """
    saturating = [window for window in evidence.closed if window.connections >= ENOUGH_CONNECTIONS]
    used, driver = middle(saturating, _used), _driver(evidence, saturating)
    taken = middle(saturating, partial(_taken_by_others, sharing=evidence.run.machine.cores == 1)) or 0.0
    if used is None or driver is None:
        return
    filled, (busy, spent) = _filled(evidence, saturating), driver
    told = f"at capacity the server used {used:.2f} cores and others {taken:.2f}, the driver {spent}"
    if filled is not None:
        told += f", and {percent(min(filled, 1.0))} of the row's slots were busy"
    yield Finding("IDLE", busy or used + taken >= IDLE_SERVER or (filled or 0.0) >= BUSY_SLOTS, told)


def _driver(evidence: Evidence, windows: Sequence[Window]) -> tuple[bool, str] | None:
    """Whether it was the limit, by its own time or else by what it has shown that it can; None where neither tells."""
    used, most = middle(windows, lambda window: window.driver_busy), evidence.run.ceiling
    if used is not None:
        used += starvation(evidence)
        return used > BUSY_DRIVER, f"{percent(used)} of its time"
    reached = middle(windows, lambda window: window.throughput)
    if not most or reached is None:
        return None
    return reached > NEAR_CEILING * most, f"was at {percent(reached / most)} of its ceiling"


def _typical(window: Window) -> float | None:
    """The median latency, or where that is not told the mean: where all are alike, they are too."""
    return window.latency_quantiles.get("p50", window.latency_mean)


def _used(window: Window) -> float | None:
    return window.server_cpu / window.duration if window.server_cpu is not None else None


def _taken_by_others(window: Window, *, sharing: bool) -> float:
    taken = [window.foreign_cpu, window.steal, window.throttled, window.driver_cpu if sharing else None]
    return sum(filter(None, taken)) / window.duration


def _filled(evidence: Evidence, windows: Iterable[Window]) -> float | None:
    """The share of slots that were busy by Little's law; None where their number or an answer's time is unknown."""
    slots = evidence.rendered.slots if evidence.rendered else None
    alone = [record.first_byte[1] for record in evidence.good if len(record.first_byte) > 1]
    throughput = middle(windows, lambda window: window.throughput)
    if not slots or not alone or throughput is None:
        return None
    return throughput * statistics.median(alone) / slots
