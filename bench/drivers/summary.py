"""One window in words: as an object for scripts, as a table and a curve for eyes. All figures come from its counts."""

from math import log10
from typing import Any

from bench.histogram import Histogram
from bench.model import Window

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
_CURVE = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0)
_WIDTH = 44


def summary(window: Window, driver: str) -> dict[str, Any]:
    """What `bench load --json` promises; seconds, bytes, responses per second, None for what was not measured."""
    lag = Histogram.decode(window.lag) if window.lag else None
    cpu = window.driver_cpu
    return {
        "responses": window.responses,
        "errors": dict(window.errors),
        "retried": window.retried,
        "unserved": window.unserved,
        "duration": window.duration,
        "throughput": window.throughput,
        "bytes": window.received,
        "latency": _latency(window),
        "rate_intended": window.rate,
        "driver": {
            "name": driver,
            "cpu": cpu,
            "cpu_per_response": cpu / window.responses if cpu is not None and window.responses else None,
            "busy": window.driver_busy,
            "lag_p99": lag.quantile(0.99) if lag else None,
        },
        "connections": window.connections,
        "histogram": window.latency,
    }


def _latency(window: Window) -> dict[str, float | None] | None:
    told: dict[str, float | None] = {name: window.latency_quantiles.get(name) for name in (*QUANTILES, "max")}
    if window.latency:
        histogram = Histogram.decode(window.latency)
        told = {name: histogram.quantile(share) for name, share in QUANTILES.items()} | {"max": histogram.maximum}
    told["mean"] = window.latency_mean
    return told if any(value is not None for value in told.values()) else None


def described(window: Window, driver: str) -> str:
    """The same for eyes, with the curve of latencies where there is one."""
    said = summary(window, driver)
    lines = [
        f"{_responses(window, driver)} in {window.duration:.2f} s: {window.throughput:,.1f}/s",
        f"{_several(window.connections, 'connection')}, {_model(window)}",
    ]
    lines += [f"error: {kind}, {times:,} times" for kind, times in sorted(window.errors.items())]
    if window.retried:
        lines.append(f"{window.retried:,} requests sent again: their kept connection had ended without a byte")
    if window.unserved:
        lines.append(f"{window.unserved:,} connections were never answered")
    if window.received is not None:
        lines.append(f"{window.received:,} bytes, {window.received / window.duration / 1e6:,.1f} MB/s")
    lines += _driver(said["driver"])
    if said["latency"]:
        values = ((name, value) for name, value in said["latency"].items() if value is not None)
        lines += ["latency: " + ", ".join(f"{name} {duration(value)}" for name, value in values)]
    histogram = Histogram.decode(window.latency) if window.latency else Histogram()
    return "\n".join([*lines, *curve(histogram)])


def _responses(window: Window, driver: str) -> str:
    """Programs of others verify less, each in its own way."""
    if driver == "locust":
        return _several(window.responses, "verified response")
    return f"{_several(window.responses, 'response')} that {driver} took for right"


def _several(number: int, things: str) -> str:
    return f"{number:,} {things}" + ("" if number == 1 else "s")


def _model(window: Window) -> str:
    if window.rate is None:
        return "each asking again as soon as it was answered (closed model)"
    waited = f", {window.queued:,} of them waited for a connection" if window.queued else ""
    return f"{_several(window.sent or 0, 'question')} at {window.rate:,g}/s{waited} (open model)"


def _driver(driver: dict[str, Any]) -> list[str]:
    told = [f"driver: {driver['name']}"]
    if driver["busy"] is not None:
        told.append(f"{100 * driver['busy']:.0f} % of a core")
    if driver["cpu_per_response"] is not None:
        told.append(f"{duration(driver['cpu_per_response'])} CPU each")
    if driver["lag_p99"] is not None:
        told.append(f"late by {duration(driver['lag_p99'])} at p99")
    return [", ".join(told)]


def curve(histogram: Histogram) -> list[str]:
    """A line for each of some quantiles, as long as the logarithm of its latency."""
    points = [(share, value) for share in _CURVE if (value := histogram.quantile(share)) is not None]
    heights = [log10(max(value, 1e-6)) for _, value in points]
    span = (heights[-1] - heights[0] if heights else 0) or 1.0
    return [
        f"{100 * share:8g} %  {duration(value):>8}  " + "█" * (1 + round((height - heights[0]) / span * _WIDTH))
        for (share, value), height in zip(points, heights, strict=True)
    ]


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
