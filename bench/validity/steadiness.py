"""Was there one figure to find: launches that agree, a cost that settles, the precision asked for, and quiet around."""

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bench import levels
from bench.judgement import Finding
from bench.levels import At, Rows
from bench.model import Machine, Run, Window
from bench.validity.evidence import Evidence, percent

SETTLING_LAUNCHES = 3
STEP = 0.05
ROWS_TO_TELL = 3
SPLIT = ((24, 0.85), (16, 0.9), (12, 0.93), (10, 0.95), (8, 0.975), (6, 0.99))
"""Launches, and the share of variance between their best two groups that one normal law exceeds 1 time in 1,000."""
TOLERATED_STEAL = 0.02
TOLERATED_NEIGHBOURS = 0.05
TOLERATED_PRESSURE = 0.01
TOLERATED_THROTTLING = 0.01
FREQUENCY = 0.05


def bimodal(rows: Rows, run: Run) -> dict[str, list[Finding]]:
    """UNSTABLE: launches of a row fall into two groups, of which no mean tells."""
    found: dict[str, list[Finding]] = {name: [] for name in rows}
    for figure, load in levels.ranking_loads(run.loads).items():
        for name, launches in steps(levels.levels(rows, load, figure)).items():
            found[name] += _two_levels(sorted(launches), levels.WORDS[figure])
    return found


def steps(known: Mapping[str, Mapping[At, float]]) -> dict[str, list[float]]:
    """The logarithms of each row's launches, less the middle of their round where three rows or more tell it."""
    logs = {name: {at: math.log(value) for at, value in launches.items()} for name, launches in known.items()}
    seen: dict[At, list[float]] = {}
    for launches in logs.values():
        for at, value in launches.items():
            seen.setdefault(at, []).append(value - statistics.fmean(launches.values()))
    common = {at: statistics.median(values) if len(values) >= ROWS_TO_TELL else 0.0 for at, values in seen.items()}
    return {name: [value - common[at] for at, value in launches.items()] for name, launches in logs.items()}


def _two_levels(ordered: Sequence[float], name: str) -> Iterator[Finding]:
    least = next((share for count, share in SPLIT if len(ordered) >= count), None)
    if least is None:
        return
    low, high, share = split(ordered)
    step = math.expm1(statistics.fmean(high) - statistics.fmean(low))
    if share > least and step > STEP:
        told = f"{name} has two levels: {len(high)} launches are {percent(step)} above {len(low)} others"
        yield Finding("UNSTABLE", False, told)
    else:
        yield Finding("UNSTABLE", True, f"{len(ordered)} launches agree on {name}")


def split(ordered: Sequence[float]) -> tuple[Sequence[float], Sequence[float], float]:
    """The two groups, of two or more, that ordered values fall into, and the share of variance between them."""
    mean = statistics.fmean(ordered)
    total = math.fsum((value - mean) ** 2 for value in ordered)

    def within(at: int) -> float:
        return sum(len(group) * statistics.pvariance(group) for group in (ordered[:at], ordered[at:]))

    best = min(range(2, len(ordered) - 1), key=within)
    return ordered[:best], ordered[best:], 1 - within(best) / total if total else 0.0


def unsettled(evidence: Evidence) -> Iterable[Finding]:
    """UNSTABLE: no launch ever came to a steady cost; UNSETTLED: some did not, as noise alone may have it."""
    known = [record.settled for record in evidence.good if record.settled is not None]
    if known:
        told = f"the cost of a response was steady after warm-up in {sum(known)} of {len(known)} launches"
        never = not any(known) and len(known) >= SETTLING_LAUNCHES
        yield Finding("UNSTABLE" if never else "UNSETTLED", all(known), told)


def noise(evidence: Evidence) -> Iterable[Finding]:
    """NOISY: the machine was busy with something else, slowed down, or short of memory."""
    windows, cores = evidence.windows, used_cores(evidence.run.machine)
    taken: tuple[tuple[Callable[[Window], float | None], float, str], ...] = (
        (lambda window: window.steal, TOLERATED_STEAL, "the hypervisor"),
        (lambda window: window.foreign_cpu, TOLERATED_NEIGHBOURS, "other processes"),
        (lambda window: window.throttled, TOLERATED_THROTTLING, "the control group's CPU quota"),
    )
    for figure, limit, who in taken:
        share = _of_time(windows, figure)
        if share is not None:
            told = f"{who} took {percent(share / cores)} of {cores} cores' time (limit {percent(limit)})"
            yield Finding("NOISY", share / cores <= limit, told)
    stalled = _of_time(windows, lambda window: window.stalled)
    if stalled is not None:
        told = f"processes waited {percent(stalled)} of the time for memory (limit {percent(TOLERATED_PRESSURE)})"
        yield Finding("NOISY", stalled <= TOLERATED_PRESSURE, told)
    yield from _swapping(windows)
    yield from _frequency(windows)


def _swapping(windows: Sequence[Window]) -> Iterator[Finding]:
    known = [window.swapped for window in windows if window.swapped is not None]
    if known:
        yield Finding("NOISY", not sum(known), f"{sum(known) / 2**20:.3g} MiB were swapped")


def _frequency(windows: Sequence[Window]) -> Iterator[Finding]:
    known = [window.frequency for window in windows if window.frequency]
    if known:
        low, high = min(known), max(known)
        told = f"the cores' frequency was {low / 1e9:.3g} to {high / 1e9:.3g} GHz (limit {percent(FREQUENCY)})"
        yield Finding("NOISY", high / low - 1 <= FREQUENCY, told)


def _of_time(windows: Sequence[Window], figure: Callable[[Window], float | None]) -> float | None:
    known = [(seconds, window.duration) for window in windows if (seconds := figure(window)) is not None]
    return sum(seconds for seconds, _ in known) / sum(duration for _, duration in known) if known else None


def used_cores(machine: Machine) -> int:
    apart = {*(machine.server_cores or ()), *(machine.driver_cores or ())}
    return len(apart) or machine.cores
