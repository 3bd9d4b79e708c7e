"""What in a window contradicts the rest of it: sums that are none, counts of nothing, figures that cannot be."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from functools import partial
from itertools import pairwise

from bench.histogram import Histogram, HistogramError
from bench.model import Record, Slices, Window

_SHORTEST = 1e-6
_PADDING = ("wrk",)
"""Drivers that count, besides those of responses, latencies that they believe a stall has hidden."""
_CLOSE = 0.002
"""Histograms know three digits, so a mean of them is that far from the mean of what was counted."""


def of_record(record: Record, driver: str) -> Iterator[str]:
    """Sentences on what cannot have been measured by that driver; nothing for a record as it was."""
    yield from impossible(record)
    yield from _each(record, partial(_contradictions, padded=driver in _PADDING))


def impossible(record: Record) -> Iterator[str]:
    """Only those on what nothing can be reckoned with: figures that cannot be, histograms that do not decode."""
    yield from _each(record, _figures)


def _each(record: Record, look: Callable[[Window], Iterator[str]]) -> Iterator[str]:
    for number, window in enumerate(record.windows, 1):
        yield from (f"window {number}, {window.load}: {told}" for told in look(window))


def _figures(window: Window) -> Iterator[str]:
    for field in fields(window):
        value = getattr(window, field.name)
        if isinstance(value, int | float) and not (value >= 0 and _is_finite(value)):
            yield f"{field.name} is {value}"
    if 0 <= window.duration < _SHORTEST:
        yield f"duration is {window.duration:g}"
    if window.connections == 0:
        yield "connections is 0"
    yield from (f"errors are {count} of '{kind}'" for kind, count in window.errors.items() if count < 0)
    for name in ("latency", "lag", "connect"):
        try:
            _decoded(getattr(window, name))
        except HistogramError as error:
            yield f"{name}: {error}"


def _decoded(encoded: str | None) -> Histogram | None:
    return None if encoded is None else Histogram.decode(encoded)


def _contradictions(window: Window, padded: bool) -> Iterator[str]:
    # One that does not decode is told already.
    with suppress(HistogramError):
        yield from _of_latency(window, padded)
    if window.slices:
        yield from _of_slices(window, window.slices)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _of_latency(window: Window, padded: bool) -> Iterator[str]:
    """Raises HistogramError."""
    counted = _decoded(window.latency)
    if counted is None:
        return
    if counted.count < window.responses or (counted.count > window.responses and not padded):
        yield f"responses is {window.responses:,}, and {counted.count:,} latencies were counted"
    mean = counted.mean
    if mean and window.latency_mean is not None and abs(window.latency_mean - mean) > _CLOSE * mean + 1e-6:
        yield f"latency_mean is {window.latency_mean:.6g}, and the latencies counted have {mean:.6g}"


def _of_slices(window: Window, slices: Slices) -> Iterator[str]:
    lengths = {len(part) for part in (slices.wall, slices.responses, slices.received, slices.driver_cpu)}
    if len(lengths) > 1:
        yield "its slices have figures of different lengths"
    numbers = slices.numbers
    if len(numbers) != len(slices.wall) or any(later < before for before, later in pairwise(numbers)):
        yield "the blocks that its slices are of go backwards"
    # What a lost target used up in its last turn is in the window and in no slice.
    if slices.lost:
        return
    sums: tuple[tuple[str, float | None, Sequence[float] | None], ...] = (
        ("responses", window.responses, slices.responses),
        ("received", window.received, slices.received),
        ("duration", window.duration, slices.wall),
        ("server_cpu", window.server_cpu, slices.server_cpu),
        ("driver_cpu", window.driver_cpu, slices.driver_cpu),
    )
    for name, whole, parts in sums:
        if whole is not None and parts is not None and not math.isclose(whole, sum(parts), rel_tol=1e-6, abs_tol=1e-6):
            yield f"{name} is {whole:.9g}, and that of its slices comes to {sum(parts):.9g}"
