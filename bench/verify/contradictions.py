"""What in a record contradicts the rest of it: sums that are none, counts of nothing counted, launches unplanned."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from bench import plan
from bench.histogram import Histogram, HistogramError
from bench.model import Record, Run, Slices, Window

_CLOSE = 0.002
"""Histograms know three digits, so a mean of them is that far from the mean of what was counted."""


def of_record(record: Record, run: Run) -> Iterator[str]:
    """Sentences on what cannot have been written by a run; nothing for a record as it was measured."""
    if record.trial.server not in run.servers:
        yield f"'{record.trial.server}' is no row of this run"
    known = {load.name for load in run.loads}
    for number, window in enumerate(record.windows, 1):
        where = f"window {number}, {window.load}"
        if window.load not in known:
            yield f"{where}: the run has no such load"
        yield from (f"{where}: {told}" for told in _of_window(window))


def of_all(records: Sequence[Record]) -> Iterator[str]:
    """Sentences on what only the records together tell."""
    launches = Counter((record.trial.server, record.trial.round) for record in records)
    for (server, at), count in launches.items():
        if count > 1:
            yield f"{server} has {count} records of round {at + 1}"


def undrawn(records: Sequence[Record], run: Run) -> list[Record]:
    """Records of launches that the run's seed does not draw."""
    rounds = {record.trial.round for record in records}
    drawn = {replace(trial, group=0) for at in rounds for trial in plan.a_round(list(run.servers), at, run.seed)}
    return [record for record in records if replace(record.trial, group=0) not in drawn]


def _of_window(window: Window) -> Iterator[str]:
    for field in fields(window):
        value = getattr(window, field.name)
        if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
            yield f"{field.name} is {value}"
    yield from _of_histogram(window)
    if window.slices:
        yield from _of_slices(window, window.slices)


def _of_histogram(window: Window) -> Iterator[str]:
    if window.latency is None:
        return
    try:
        counted = Histogram.decode(window.latency)
    except HistogramError as error:
        yield f"latency: {error}"
        return
    if counted.count != window.responses:
        yield f"responses is {window.responses:,}, and {counted.count:,} latencies were counted"
    mean = counted.mean
    if mean and window.latency_mean is not None and abs(window.latency_mean - mean) > _CLOSE * mean + 1e-6:
        yield f"latency_mean is {window.latency_mean:.6g}, and the latencies counted have {mean:.6g}"


def _of_slices(window: Window, slices: Slices) -> Iterator[str]:
    lengths = {len(part) for part in (slices.wall, slices.responses, slices.received, slices.driver_cpu)}
    if len(lengths) > 1:
        yield "its slices have figures of different lengths"
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
