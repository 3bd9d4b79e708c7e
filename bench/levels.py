"""What every launch of every row came to under a load, with what hit all rows alike taken off: pure, from records.

Slices of one block follow each other within milliseconds, so what the machine did then is in all of them. Two launches
are as far apart as they were in the middle half of the blocks that both had slices in, in the mean, and a launch's
level is how far it is from all others of its round, in the mean. What being launched early or late in the round does
is taken off. Two launches of the same row still differ; only more launches narrow that.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from bench import stats
from bench.judgement import Estimate
from bench.model import Load, Record, Slices, Trial, Window

Figure: TypeAlias = Literal["throughput", "cost"]
"""Verified responses per second, or CPU seconds of the whole tree per verified response."""
WORDS: Mapping[Figure, str] = {"throughput": "throughput", "cost": "CPU per response"}
At: TypeAlias = tuple[int, int]
"""The round and the group of a launch: rows of the same were up together."""
Block: TypeAlias = tuple[int, int, int, int]
"""And the order to the driver, and the block in it."""
Rows: TypeAlias = Mapping[str, Sequence[Record]]


def ranking_loads(loads: Sequence[Load]) -> dict[Figure, str]:
    """Where each figure is told from: the first closed load; for cost the first in which the driver shares the core."""
    closed = [load for load in loads if load.model == "closed"]
    apart = next((load.name for load in closed if not load.shared), None)
    shared = next((load.name for load in closed if load.shared), apart)
    known: dict[Figure, str | None] = {"throughput": apart, "cost": shared}
    return {figure: name for figure, name in known.items() if name}


def levels(rows: Rows, load: str, figure: Figure) -> dict[str, dict[At, float]]:
    """A positive value for each good launch of each row; rows without any are left out."""
    together: dict[At, dict[str, tuple[int, dict[Block, float]]]] = {}
    for name, records in rows.items():
        for trial, blocks in _blocks(records, load, figure):
            together.setdefault((trial.round, trial.group), {})[name] = (trial.position, blocks)
    found = {name: _whole(records, load, figure) for name, records in rows.items()}
    rounds = sorted(together)
    for at, launches in zip(rounds, stats.placeless([_held(together[at]) for at in rounds]), strict=True):
        for name, level in launches.items():
            found[name][at] = level
    return {name: launches for name, launches in found.items() if launches}


def estimates(rows: Rows, load: str, figure: Figure) -> dict[str, Estimate]:
    """Each row's level over its launches, with the 95 % interval of its place among the others."""
    return stats.relative(levels(rows, load, figure))


def _blocks(records: Sequence[Record], load: str, figure: Figure) -> Iterator[tuple[Trial, dict[Block, float]]]:
    for record in records:
        at = (record.trial.round, record.trial.group)
        cut = [window.slices for window in record.windows if window.load == load and window.slices]
        found: dict[Block, list[float]] = {}
        for order, number, value in ((slices.order, *each) for slices in cut for each in _logarithms(slices, figure)):
            found.setdefault((*at, order, number), []).append(value)
        if found and record.failure is None:
            yield record.trial, {block: statistics.fmean(values) for block, values in found.items()}


def _logarithms(slices: Slices, figure: Figure) -> Iterator[tuple[int, float]]:
    spent = slices.wall if figure == "throughput" else slices.server_cpu or ()
    sign = -1 if figure == "throughput" else 1
    for block, seconds, responses in zip(slices.numbers, spent, slices.responses, strict=False):
        if seconds > 0 and responses:
            yield block, sign * math.log(seconds / responses)


def _held(launches: Mapping[str, tuple[int, Mapping[Block, float]]]) -> dict[str, tuple[int, float]]:
    """Places and levels of launches up together, each held against every other; their mean is what is usual."""
    middle = stats.interquartile_mean
    usual = statistics.fmean(middle([*blocks.values()]) for _, blocks in launches.values())
    distances = stats.apart([blocks for _, blocks in launches.values()], middle)
    placed = zip(launches.items(), distances, strict=True)
    return {name: (place, math.exp(usual + distance)) for (name, (place, _)), distance in placed}


def _whole(records: Sequence[Record], load: str, figure: Figure) -> dict[At, float]:
    """The median of each round's windows where load was not cut: each launch is a group then, and all were apart."""
    seen: dict[At, list[float]] = {}
    for record in records:
        whole = [window for window in record.windows if window.load == load and not window.slices]
        values = [value for window in whole if (value := _figure(window, figure))]
        if values and record.failure is None:
            seen.setdefault((record.trial.round, 0), []).extend(values)
    return {at: statistics.median(values) for at, values in seen.items()}


def _figure(window: Window, figure: Figure) -> float | None:
    return window.throughput if figure == "throughput" else window.server_cpu_per_response
