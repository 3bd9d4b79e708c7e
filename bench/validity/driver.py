"""Was it the driver: too busy to ask for more, near its own ceiling, or late."""

import statistics
from collections.abc import Iterable, Sequence

from bench.judgement import Finding
from bench.model import Window
from bench.validity.evidence import Evidence, merged, middle, percent, time

BUSY_DRIVER = 0.85
NEAR_CEILING = 0.7
TOLERATED_LAG = 0.1
NOTICEABLE_LAG = 100e-6


def busy(evidence: Evidence) -> Iterable[Finding]:
    """DRIVER-BOUND: at capacity the driver had no time left, or no core to run on."""
    shares = [window.driver_busy for window in evidence.closed if window.driver_busy is not None]
    if not shares:
        return
    used, starved = statistics.median(shares), starvation(evidence)
    told = f"the driver was busy {percent(used)} of its time at capacity"
    if starved > 0.01:
        told += f" and waited {percent(starved)} of it for a core"
    yield Finding("DRIVER-BOUND", used + starved <= BUSY_DRIVER, f"{told} (limit {percent(BUSY_DRIVER)})")


def starvation(evidence: Evidence) -> float:
    """The share of time at capacity in which the driver could have run but had no core; 0 where it has none apart."""
    if evidence.run.machine.driver_cores is None:
        return 0.0
    return middle(evidence.closed, lambda window: _share(window.driver_wait, window.duration)) or 0.0


def ceiling(evidence: Evidence) -> Iterable[Finding]:
    """DRIVER-BOUND: the row is not much slower than the fastest thing that the driver was seen with in this run."""
    most, reached = evidence.run.ceiling, middle(evidence.closed, lambda window: window.throughput)
    if most and reached is not None:
        told = f"{reached:,.0f} responses/s are {percent(reached / most)} of the driver's ceiling, {most:,.0f}"
        yield Finding("DRIVER-BOUND", reached <= NEAR_CEILING * most, f"{told} (limit {percent(NEAR_CEILING)})")


def shared(evidence: Evidence) -> Iterable[Finding]:
    """SHARED: there was one core, for which server and driver had to take turns."""
    if evidence.run.machine.cores == 1 and evidence.closed:
        yield Finding("SHARED", False, "server and driver shared the only core: capacity is what the driver left of it")


def lateness(windows: Sequence[Window]) -> Finding | None:
    """LATE: whether one open load's requests left in time; None where the driver does not say.

    The driver's delay is contained in latencies (they run from the intended send time), so it spoils these, and not the
    row's throughput. Lags too short to be told from a latency do not count.
    """
    lag = merged(window.lag for window in windows).quantile(0.99)
    median = merged(window.latency for window in windows).quantile(0.5)
    if lag is None or not median:
        return None
    told = f"under {windows[0].load} 1 % of requests left {time(lag)} or more late, median latency {time(median)}"
    return Finding("LATE", lag <= max(TOLERATED_LAG * median, NOTICEABLE_LAG), told)


def late(evidence: Evidence) -> Iterable[Finding]:
    """LATE, load by load."""
    for load in dict.fromkeys(window.load for window in evidence.open):
        finding = lateness([window for window in evidence.open if window.load == load])
        if finding:
            yield finding


def _share(seconds: float | None, duration: float) -> float | None:
    return seconds / duration if seconds is not None else None
