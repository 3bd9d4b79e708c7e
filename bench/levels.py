"""What every launch of every row came to under a load, with what hit all rows alike taken off: pure, from records.

Slices of one block follow each other within milliseconds, so what the machine did then is in all of them: it is how far
they are, on average, from what is usual for their rows in that round, and a launch's level is the middle of its slices
after that is taken off. Two launches of the same row still differ; only more launches narrow that.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from bench import stats
from bench.judgement import Estimate
from bench.model import Load, Record, Slices, Window

Figure: TypeAlias = Literal["throughput", "cost"]
"""Verified responses per second, or CPU seconds of the whole tree per verified response."""
WORDS: Mapping[Figure, str] = {"throughput": "throughput", "cost": "CPU per response"}
At: TypeAlias = tuple[int, int]
"""The round and the group of a launch: rows of the same were up together."""
Block: TypeAlias = tuple[int, int, int, int]
"""And the order to the driver, and the block in it."""
Rows: TypeAlias = Mapping[str, Sequence[Record]]

_PASSES = 8


def ranking_loads(loads: Sequence[Load]) -> dict[Figure, str]:
    """Where each figure is told from: the first closed load; for cost the first in which the driver shares the core."""
    closed = [load for load in loads if load.model == "closed"]
    apart = next((load.name for load in closed if not load.shared), None)
    shared = next((load.name for load in closed if load.shared), apart)
    known: dict[Figure, str | None] = {"throughput": apart, "cost": shared}
    return {figure: name for figure, name in known.items() if name}


def levels(rows: Rows, load: str, figure: Figure) -> dict[str, dict[At, float]]:
    """A positive value for each good launch of each row; rows without any are left out."""
    cut = {name: dict(_blocks(records, load, figure)) for name, records in rows.items()}
    weather = _weather(cut)
    found = {
        name: {at: _level(blocks, weather) for at, blocks in launches.items()} | _whole(rows[name], load, figure)
        for name, launches in cut.items()
    }
    return {name: launches for name, launches in found.items() if launches}


def estimates(rows: Rows, load: str, figure: Figure) -> dict[str, Estimate]:
    """Each row's level over its launches, with the 95 % interval of its place among the others."""
    return stats.relative(levels(rows, load, figure))


def _blocks(records: Sequence[Record], load: str, figure: Figure) -> Iterator[tuple[At, dict[Block, float]]]:
    for record in records:
        at = (record.trial.round, record.trial.group)
        cut = [window.slices for window in record.windows if window.load == load and window.slices]
        found = {(*at, slices.order, n): value for slices in cut for n, value in _logarithms(slices, figure)}
        if found and record.failure is None:
            yield at, found


def _logarithms(slices: Slices, figure: Figure) -> Iterator[tuple[int, float]]:
    spent = slices.wall if figure == "throughput" else slices.server_cpu or ()
    sign = -1 if figure == "throughput" else 1
    for block, seconds, responses in zip(slices.numbers, spent, slices.responses, strict=False):
        if seconds > 0 and responses:
            yield block, sign * math.log(seconds / responses)


def _weather(rows: Mapping[str, Mapping[At, Mapping[Block, float]]]) -> dict[Block, float]:
    """How far each block was from what is usual in its round, as the mean over those rows that had a slice in it.

    What is usual for a row follows from the weather it was measured in, hence the alternation: it converges
    geometrically, at once where every row had a slice in every block.
    """
    launches = [(at, blocks) for found in rows.values() for at, blocks in found.items()]
    weather: dict[Block, float] = {}
    for _ in range(_PASSES):
        steps: dict[At, dict[Block, list[float]]] = {}
        for at, blocks in launches:
            usual = statistics.median(value - weather.get(block, 0.0) for block, value in blocks.items())
            for block, value in blocks.items():
                steps.setdefault(at, {}).setdefault(block, []).append(value - usual)
        weather = {block: step for found in steps.values() for block, step in _centred(found)}
    return weather


def _centred(steps: Mapping[Block, Sequence[float]]) -> Iterator[tuple[Block, float]]:
    """The means, less the one in the middle."""
    means = {block: statistics.fmean(found) for block, found in steps.items()}
    middle = statistics.median(means.values())
    return ((block, mean - middle) for block, mean in means.items())


def _level(blocks: Mapping[Block, float], weather: Mapping[Block, float]) -> float:
    return math.exp(statistics.median(value - weather[block] for block, value in blocks.items()))


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
