"""Figures that cannot be: against Little's law, against each other, or faster than what was asked for can be."""

import statistics
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from bench.judgement import Finding
from bench.model import Load, Window
from bench.validity.evidence import Evidence, merged, time

LITTLE = (0.9, 1.1)
ROUND_TRIPS_TO_JUDGE = 20
EARLY_TIMERS = 0.9
"""Timers may fire a little early, and histograms have buckets."""


def little(evidence: Evidence) -> Iterable[Finding]:
    """IMPOSSIBLE: in a closed model, throughput x mean time per request is the number of connections (Little's law)."""
    # Where connections end after so many requests each, they do so at different times.
    ending = {name for name, load in evidence.loads.items() if load.requests_each}
    lasting = [window for window in evidence.closed if window.load not in ending]
    whole = [window for window in lasting if window.slices is None]
    for windows in whole, [window for window in lasting if window.slices]:
        known = [(ratio, _asking(window)) for window in windows if (ratio := _occupancy(window)) is not None]
        if known:
            ratio, asking = (statistics.median(each) for each in zip(*known, strict=True))
            least, most = LITTLE[0] * asking, LITTLE[1]
            told = f"throughput x mean latency / connections is {ratio:.2f} ({least:.2g} to {most} is possible)"
            hint = "; connections that are never served would explain it" if ratio < least else ""
            yield Finding("IMPOSSIBLE", least <= ratio <= most, told + hint)


def _occupancy(window: Window) -> float | None:
    # Requests cut off by the end of a window weigh too much where there was no time for so many in turn.
    if window.latency_mean is None:
        return None
    if window.slices is None and window.duration < ROUND_TRIPS_TO_JUDGE * window.latency_mean:
        return None
    connecting = merged([window.connect])
    spent = window.latency_mean * window.responses + (connecting.mean or 0.0) * connecting.count
    return spent / (window.duration * window.connections)


def _asking(window: Window) -> float:
    """The share of a window in which all connections had a question out for sure: in slices, none asks another after
    their length. From then on fewer and fewer have, or all of them where answers take longer.
    """
    slices = window.slices
    if slices is None or not slices.wall:
        return 1.0
    return min(1.0, slices.length * len(slices.wall) / sum(slices.wall))


def quantiles(evidence: Evidence) -> Iterable[Finding]:
    """IMPOSSIBLE: drivers that give quantiles instead of counts may give nonsense, such as the mean for p99."""
    for window in evidence.windows:
        told = sorted((_share(name), value) for name, value in window.latency_quantiles.items() if _share(name))
        values = [value for _, value in told]
        if values != sorted(values):
            yield Finding("IMPOSSIBLE", False, f"under {window.load} a quantile of latency is above a higher one")
        elif window.latency_mean is not None and _is_mean(dict(told), window.latency_mean):
            yield Finding("IMPOSSIBLE", False, f"under {window.load} p99 is the mean, {time(window.latency_mean)}")


def _share(name: str) -> float:
    """`p50` and `p999` as shares, so that they sort; 0 for what is no quantile, such as `max`."""
    digits = name.removeprefix("p")
    return float(f"0.{digits}") if digits.isdecimal() else 1.0 if name == "max" else 0.0


def _is_mean(quantiles: dict[float, float], mean: float) -> bool:
    """Alone, or above a smaller quantile: where all are alike, the mean is too."""
    return quantiles.get(0.99) == mean and (len(quantiles) == 1 or mean != min(quantiles.values()))


def negative(evidence: Evidence) -> Iterable[Finding]:
    """IMPOSSIBLE: a count or a time below zero, which some programs write for what they did not measure."""
    for window in evidence.windows:
        below = [name for name, value in _figures(window) if value is not None and value < 0]
        if below:
            yield Finding("IMPOSSIBLE", False, f"under {window.load} there are figures below zero: {', '.join(below)}")


def _figures(window: Window) -> Iterator[tuple[str, float | None]]:
    yield from (("the duration", window.duration), ("responses", window.responses))
    yield ("the mean latency", window.latency_mean)
    yield from (("bytes received", window.received), ("CPU time", window.server_cpu))
    yield from ((f"{kind} errors", count) for kind, count in window.errors.items())
    yield from window.latency_quantiles.items()


def too_fast(evidence: Evidence) -> Iterable[Finding]:
    """IMPOSSIBLE: answers came sooner than the delay that was asked for; whatever they were, they were not that."""
    for name, load in evidence.loads.items():
        delay, least = known_delay(load), _least([window for window in evidence.windows if window.load == name])
        if delay and least is not None:
            told = f"under {name} answers took {time(least)} where the app waits {time(delay)}"
            yield Finding("IMPOSSIBLE", least >= EARLY_TIMERS * delay, told)


def known_delay(load: Load) -> float:
    """Seconds that every request of a load must take at least, by `/delay/<milliseconds>`; 0 where one need not."""
    return min((_delay(urlsplit(request.path).path) for request in load.requests), default=0.0)


def _delay(path: str) -> float:
    head, _, milliseconds = path.rpartition("/")
    return int(milliseconds) / 1e3 if head.endswith("/delay") and milliseconds.isdecimal() else 0.0


def _least(windows: list[Window]) -> float | None:
    """The shortest latency known: of all answers where they were counted, else the smallest figure told."""
    shortest = merged(window.latency for window in windows).minimum
    if shortest is not None:
        return shortest
    told = [value for window in windows for value in (window.latency_mean, *window.latency_quantiles.values()) if value]
    return min(told, default=None)
