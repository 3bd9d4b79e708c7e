"""What launches that were up together cost, relative to each other: slices that were neighbours are paired."""

import math
import statistics
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from bench.contest import Build, Entry, Round
from bench.histogram import Histogram
from bench.stats import apart
from bench.window import Slices

Metric: TypeAlias = Literal["cpu", "total", "time", "p99"]
"""CPU of the server's whole tree per response, wall time per response at saturation, latency at a fixed rate.

More is worse in all of them. `cpu` and `time` tell of the ordinary slice, which no passing disturbance of the machine
moves, but no response that is dear and rare either; `total` is the CPU of all responses.
"""
METRICS: tuple[Metric, ...] = get_args(Metric)

_SHORTEST = 1e-9


def sides(round_: Round, metric: Metric) -> tuple[list[float], list[float]]:
    """Logarithms of what head's launches cost, and base's, each in the order of launches; empty where not measured.

    Only their differences mean anything: what all launches of a block had in common is taken off, and so is what a
    place in the order of launches does to whoever has it. A launch counts by half of its distance from the one that
    had its place in the second heat, which is of the other build.
    """
    there, back = (levels(heat, metric) for heat in (round_.there, round_.back))
    places = [(entry.build, (one - other) / 2) for entry, one, other in zip(round_.there, there, back, strict=False)]
    return [half for build, half in places if build == "head"], [half for build, half in places if build == "base"]


def log_ratio(round_: Round, metric: Metric) -> float:
    """The logarithm of head / base in one round."""
    head, base = sides(round_, metric)
    return statistics.fmean(head) - statistics.fmean(base)


def alone(round_: Round, build: Build, metric: Metric) -> float:
    """The logarithm of what a response of one build cost by itself, in seconds: the middle of its slices, or all."""
    slices = [entry.slices.slices for entry in round_.entries if entry.build == build and entry.slices]
    known = [each for each in slices if each]
    if metric == "total":
        return statistics.fmean(_total(each) for each in known)
    return statistics.median(cost for each in known for cost in _costs(each, metric))


def contrasts(round_: Round, metric: Metric) -> list[float]:
    """How much launches of the same build differ, the last from the first, for each build of the first heat."""
    return [side[-1] - side[0] for side in sides(round_, metric) if len(side) > 1]


def levels(entries: Sequence[Entry], metric: Metric) -> list[float]:
    """Logarithms of what launches that were up together cost, relative to each other; empty where not measured."""
    if metric == "p99":
        return _tails(entries)
    slices = [entry.slices.slices for entry in entries if entry.slices and entry.slices.slices]
    costs = [_costs(each, metric) for each in slices]
    if len(slices) < len(entries) or not all(costs):
        return []
    if metric == "total":
        return [_total(each) for each in slices]
    return apart([dict(enumerate(each)) for each in costs])


def _total(slices: Slices) -> float:
    return math.log(max(math.fsum(slices.server_cpu or ()), _SHORTEST) / sum(slices.responses))


def _costs(slices: Slices, metric: Metric) -> list[float]:
    """Per slice; none where that clock cannot be read."""
    spent = slices.wall if metric == "time" else slices.server_cpu or ()
    return [math.log(max(each, _SHORTEST) / answers) for each, answers in zip(spent, slices.responses, strict=False)]


def _tails(entries: Sequence[Entry]) -> list[float]:
    histograms = [entry.steady.latency for entry in entries if entry.steady and entry.steady.latency]
    tails = [tail for each in histograms if (tail := Histogram.decode(each).quantile(0.99))]
    return [math.log(tail) for tail in tails] if len(tails) == len(entries) else []
