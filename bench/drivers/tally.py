"""What is counted while load runs, in the form that costs least to count."""

from itertools import compress

from bench.histogram import Histogram

SHORT = 32_768_000
"""Latencies below so many nanoseconds are counted in a list, the others, which cannot be frequent, in a dict."""


class Tally:
    """The counts of one window. Latencies by whole microseconds, exact; what is not verified is in `errors` only."""

    def __init__(self) -> None:
        self.short = [0] * (SHORT // 1000)
        self.long: dict[int, int] = {}
        self.lag: dict[int, int] = {}
        self.connect: dict[int, int] = {}
        self.errors: dict[str, int] = {}
        self.responses = 0
        self.received = 0
        self.opened = 0
        self.sent = 0
        self.queued = 0
        self.retried = 0
        self.peak = 0
        """Most connections open at the same time."""
        self.latest = 0
        """When the last verified response came, in nanoseconds."""

    def answered(self, elapsed: int, size: int, now: int) -> None:
        """Count a verified response; nanoseconds and bytes."""
        if elapsed < SHORT:
            self.short[elapsed // 1000] += 1
        else:
            count(self.long, elapsed)
        self.responses += 1
        self.received += size
        self.latest = now

    def failed(self, kind: str) -> None:
        self.errors[kind] = self.errors.get(kind, 0) + 1

    def latency(self) -> Histogram:
        short = Histogram.of(zip(compress(range(len(self.short)), self.short), filter(None, self.short), strict=True))
        return short.merge(histogram(self.long))


def count(counts: dict[int, int], elapsed: int) -> None:
    """Count nanoseconds by whole microseconds."""
    microseconds = elapsed // 1000
    counts[microseconds] = counts.get(microseconds, 0) + 1


def histogram(counts: dict[int, int]) -> Histogram:
    return Histogram.of(counts.items())
