"""What is counted while load runs, in the form that costs least to count."""

from collections.abc import Iterable
from itertools import compress

from bench.histogram import Histogram

SHORT = 32_768_000
"""Latencies below so many nanoseconds are counted in a list, the others, which cannot be frequent, in a dict."""


class Tally:
    """The answers to one question. Latencies by whole microseconds; what is not verified is in `errors` only."""

    def __init__(self) -> None:
        self.short = [0] * (SHORT // 1000)
        self.long: dict[int, int] = {}
        self.errors: dict[str, int] = {}
        self.responses = 0
        self.received = 0

    def answered(self, elapsed: int, size: int) -> None:
        """Count a verified response; nanoseconds and bytes."""
        if elapsed < SHORT:
            self.short[elapsed // 1000] += 1
        else:
            count(self.long, elapsed)
        self.responses += 1
        self.received += size

    def failed(self, kind: str) -> None:
        self.errors[kind] = self.errors.get(kind, 0) + 1

    @property
    def answers(self) -> int:
        """The verified responses up to this moment: `responses` is brought up to date only now and then."""
        return sum(self.short) + sum(self.long.values())

    def latency(self) -> Histogram:
        short = zip(compress(range(len(self.short)), self.short), filter(None, self.short), strict=True)
        return Histogram.of(short).merge(histogram(self.long))


class Traffic:
    """What happened to the connections and to the timetable, whatever the question."""

    def __init__(self) -> None:
        self.lag: dict[int, int] = {}
        """How late questions went out that found a free connection, by microseconds."""
        self.connect: dict[int, int] = {}
        """How long connecting took, by microseconds."""
        self.opened = 0
        self.sent = 0
        self.queued = 0
        self.retried = 0
        self.overdue = 0
        """Questions, and attempts to connect, that were given up after the time-out."""
        self.unserved = 0
        """Connections that were given up after the time-out without ever having answered."""
        self.kept = 0
        """Connections that were there from before."""
        self.peak = 0
        """Most connections open at the same time."""
        self.latest = 0
        """When the last verified response came that was looked at closely, in nanoseconds."""

    @property
    def connections(self) -> int:
        """How many connections came about, those counted that were there from before."""
        return self.kept + sum(self.connect.values())


def count(counts: dict[int, int], elapsed: int) -> None:
    """Count nanoseconds by whole microseconds."""
    microseconds = elapsed // 1000
    counts[microseconds] = counts.get(microseconds, 0) + 1


def histogram(counts: dict[int, int]) -> Histogram:
    return Histogram.of(counts.items())


def added(errors: Iterable[dict[str, int]]) -> dict[str, int]:
    """Errors by kind, of several tallies together."""
    total: dict[str, int] = {}
    for kinds in errors:
        for kind, times in kinds.items():
            total[kind] = total.get(kind, 0) + times
    return total
