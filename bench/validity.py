"""Which rows may be believed: each rule looks at one row's records and gives its figures. Nothing is measured here."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.histogram import Histogram
from bench.judgement import Finding, Verdict
from bench.model import Machine, Record, Run, Window

VALID = "VALID"
INTERRUPTED = "interrupted"
"""The failure of a trial that the user cut short, which says nothing about its server."""

TOLERATED_ERRORS = 0.001
TOLERATED_LAG = 0.1
NOTICEABLE_LAG = 100e-6
BUSY_DRIVER = 0.85
LITTLE = (0.9, 1.1)
ROUND_TRIPS_TO_JUDGE = 20
PLATEAU = (0.038, 0.052)
FLAT = 1.1
IDLE_SERVER = 0.5
TOLERATED_STEAL = 0.02
TOLERATED_NEIGHBOURS = 0.05


@dataclass(frozen=True)
class Evidence:
    """What one row's rules look at: its trials, and the windows of those that went well."""

    records: Sequence[Record]
    machine: Machine

    @cached_property
    def good(self) -> list[Record]:
        return [record for record in self.records if record.failure is None]

    @cached_property
    def failed(self) -> list[Record]:
        return [record for record in self.records if record.failure not in (None, INTERRUPTED)]

    @cached_property
    def windows(self) -> list[Window]:
        """Without those of a sweep over connections, which may ask for more than a row is meant to bear."""
        windows = [window for record in self.good for window in record.windows]
        first = next((window.load for window in windows if window.model == "closed"), None)
        return [window for window in windows if window.model == "open" or window.load == first]

    @cached_property
    def closed(self) -> list[Window]:
        return [window for window in self.windows if window.model == "closed"]

    @cached_property
    def open(self) -> list[Window]:
        return [window for window in self.windows if window.model == "open"]


def judge(records: Sequence[Record], run: Run) -> Verdict:
    """The verdict on one row, from its trials: the first rule broken that strikes a row out, with every finding."""
    evidence = Evidence(records, run.machine)
    findings = tuple(finding for rule in RULES for finding in rule(evidence))
    broken = (finding.rule for finding in findings if not finding.holds and finding.rule not in MARKS)
    return Verdict(next(broken, VALID), findings)


def reasons(verdict: Verdict) -> list[str]:
    """Why a row is struck out, in the order of the rules; nothing for a row that may be believed."""
    return [finding.evidence for finding in verdict.findings if not finding.holds and finding.rule not in MARKS]


def marks(verdict: Verdict) -> list[Finding]:
    """What is to be known about a row though it does not strike it out."""
    return [finding for finding in verdict.findings if not finding.holds and finding.rule in MARKS]


def _failed(evidence: Evidence) -> Iterable[Finding]:
    if evidence.good:
        yield Finding("FAILED", True, f"{len(evidence.good)} of {len(evidence.records)} launches were measured")
    else:
        said = evidence.failed[0].failure if evidence.failed else None
        yield Finding("FAILED", False, said or "it was interrupted before it was measured")


def _launches(evidence: Evidence) -> Iterable[Finding]:
    if evidence.good and evidence.failed:
        told = f"{len(evidence.failed)} of {len(evidence.records)} launches failed: {evidence.failed[0].failure}"
        yield Finding("LAUNCHES", False, told)


def _errors(evidence: Evidence) -> Iterable[Finding]:
    right = sum(window.responses for window in evidence.windows)
    kinds = sorted({kind for window in evidence.windows for kind in window.errors})
    counts = {kind: sum(window.errors.get(kind, 0) for window in evidence.windows) for kind in kinds}
    wrong = sum(counts.values())
    if right + wrong:
        listed = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
        told = (
            f"{wrong:,} of {right + wrong:,} requests were not answered rightly ({_percent(wrong / (right + wrong))})"
        )
        holds = wrong <= TOLERATED_ERRORS * (right + wrong)
        yield Finding("ERRORS", holds, f"{told}: {listed}" if listed else told)
    elif evidence.windows:
        yield Finding("ERRORS", False, "not one request was answered")


def _busy_driver(evidence: Evidence) -> Iterable[Finding]:
    shares = [window.driver_busy for window in evidence.closed if window.driver_busy is not None]
    if shares:
        busy = statistics.median(shares)
        told = f"the driver was busy {_percent(busy)} of its time at capacity (limit {_percent(BUSY_DRIVER)})"
        yield Finding("DRIVER-BOUND", busy <= BUSY_DRIVER, told)


def lateness(windows: Sequence[Window]) -> Finding | None:
    """Whether one open load's requests left in time; None where the driver does not say.

    The driver's delay is contained in latencies (they run from the intended send time), so it spoils these, and not the
    row's throughput. Lags too short to be told from a latency do not count.
    """
    lag = merged(window.lag for window in windows).quantile(0.99)
    median = merged(window.latency for window in windows).quantile(0.5)
    if lag is None or not median:
        return None
    told = f"under {windows[0].load} 1 % of requests left {_time(lag)} or more late, median latency {_time(median)}"
    return Finding("LATE", lag <= max(TOLERATED_LAG * median, NOTICEABLE_LAG), told)


def _driver_lag(evidence: Evidence) -> Iterable[Finding]:
    for load in dict.fromkeys(window.load for window in evidence.open):
        finding = lateness([window for window in evidence.open if window.load == load])
        if finding:
            yield finding


def _plateau(evidence: Evidence) -> Iterable[Finding]:
    """Everybody waits for the same timer: delayed acknowledgements against Nagle's algorithm, 40 ms on Linux."""
    latency = merged(window.latency for window in evidence.closed)
    median, tail = latency.quantile(0.5), latency.quantile(0.99)
    used = [window.server_cpu / window.duration for window in evidence.closed if window.server_cpu is not None]
    if median and tail and used:
        flat = PLATEAU[0] <= median <= PLATEAU[1] and tail / median < FLAT
        told = f"median {_time(median)} and p99 {_time(tail)} while the server used {statistics.median(used):.2f} cores"
        yield Finding("IDLE", not (flat and statistics.median(used) < IDLE_SERVER), told)


def _little(evidence: Evidence) -> Iterable[Finding]:
    """Little's law: in a closed model, throughput x mean time per request is the number of connections."""
    ratios = [ratio for window in evidence.closed if (ratio := _occupancy(window)) is not None]
    if ratios:
        ratio = statistics.median(ratios)
        told = f"throughput x mean latency / connections is {ratio:.2f} ({LITTLE[0]} to {LITTLE[1]} is possible)"
        hint = "; connections that are never served would explain it" if ratio < LITTLE[0] else ""
        yield Finding("IMPOSSIBLE", LITTLE[0] <= ratio <= LITTLE[1], told + hint)


def _occupancy(window: Window) -> float | None:
    # Below so many round trips, requests cut off by the end of the window weigh too much.
    if window.latency_mean is None or window.responses < ROUND_TRIPS_TO_JUDGE * window.connections:
        return None
    connecting = merged([window.connect])
    spent = window.latency_mean * window.responses + (connecting.mean or 0.0) * connecting.count
    return spent / window.duration / window.connections


def _quantiles(evidence: Evidence) -> Iterable[Finding]:
    """Drivers that give quantiles instead of counts may give nonsense: METHOD's F6 printed the mean as p99."""
    for window in evidence.windows:
        told = sorted((float(name.lstrip("p")), value) for name, value in window.latency_quantiles.items())
        values = [value for _, value in told]
        if values != sorted(values):
            yield Finding("IMPOSSIBLE", False, f"under {window.load} a quantile of latency is above a higher one")
        elif window.latency_mean is not None and dict(told).get(99.0) == window.latency_mean != values[0]:
            yield Finding("IMPOSSIBLE", False, f"under {window.load} p99 is the mean, {_time(window.latency_mean)}")


def _noise(evidence: Evidence) -> Iterable[Finding]:
    cores = _used_cores(evidence.machine)
    for taken, limit, what in (
        ([(window.steal, window.duration) for window in evidence.windows], TOLERATED_STEAL, "the hypervisor"),
        (
            [(window.foreign_cpu, window.duration) for window in evidence.windows],
            TOLERATED_NEIGHBOURS,
            "other processes",
        ),
    ):
        known = [(seconds, duration) for seconds, duration in taken if seconds is not None]
        if known:
            share = sum(seconds for seconds, _ in known) / sum(duration for _, duration in known) / cores
            told = f"{what} took {_percent(share)} of {cores} cores' time (limit {_percent(limit)})"
            yield Finding("NOISY", share <= limit, told)


def _unsettled(evidence: Evidence) -> Iterable[Finding]:
    known = [record.settled for record in evidence.good if record.settled is not None]
    if known:
        told = f"the cost of a response was steady after warm-up in {sum(known)} of {len(known)} launches"
        yield Finding("UNSETTLED", all(known), told)


Rule = Callable[[Evidence], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    _failed,
    _errors,
    _busy_driver,
    _plateau,
    _little,
    _quantiles,
    _driver_lag,
    _launches,
    _noise,
    _unsettled,
)
MARKS = frozenset({"LATE", "LAUNCHES", "NOISY", "UNSETTLED"})
"""The rules that mark a row without striking it out."""


def merged(encoded: Iterable[str | None]) -> Histogram:
    """All counts together; empty when nothing was counted."""
    return Histogram().merge(*(Histogram.decode(text) for text in encoded if text))


def _used_cores(machine: Machine) -> int:
    apart = {*(machine.server_cores or ()), *(machine.driver_cores or ())}
    return len(apart) or machine.cores


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms"
