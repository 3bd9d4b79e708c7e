"""Putting load on launches that are up: all by turns in slices, or one after the other in whole windows."""

import statistics
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from random import Random
from types import MappingProxyType
from typing import TypeVar

from bench import drivers
from bench.drivers import Drive
from bench.errors import BenchError, ServerError
from bench.model import Load, Seconds, Window
from bench.running.launches import Launch, tried
from bench.system import meter
from bench.system.placement import placed
from bench.system.surroundings import Surroundings

Key = TypeVar("Key", bound=Hashable)

_WARM_UP: Seconds = 0.04
_WARM_UPS = 6
_SETTLED = 0.05
_ROUGHLY_SETTLED = 0.1

_PATIENCE = 6.0
"""A row that has had so many times as long as the one in the middle sits blocks out: its slices are long enough."""
_LONGEST: Seconds = 10.0
_STRETCH = 4.0
"""Rows that all answer slowly get fewer blocks: none begins after so many times the load's duration for each of them,
or after so many seconds where that is longer."""


@dataclass(frozen=True)
class Crew:
    """The driver and where everybody runs: servers and driver apart, or on one core where a load is `shared`."""

    drive: Drive
    servers: tuple[int, ...] | None
    driver: tuple[int, ...] | None

    @property
    def shared(self) -> tuple[int, ...] | None:
        """The one core on which cost is measured; None where nothing can be placed."""
        return self.servers[:1] if self.servers else None


def cut(
    crew: Crew, launches: Sequence[Launch], load: Load, draw: Random, shares: Mapping[str, int] = MappingProxyType({})
) -> None:
    """One order of slices for all launches, one a block or by `shares`; who ends, or answers no more, fails alone."""
    if not launches:
        return
    slicer = drivers.slicer(crew.drive)
    assert slicer  # noqa: S101
    assert load.slice  # noqa: S101
    targets = [launch.up.target for launch in launches]
    each = [shares.get(launch.trial.server, 1) for launch in launches]
    blocks, limit = ceil(load.duration / load.slice), max(_LONGEST, _STRETCH * load.duration * sum(each))
    driver, servers = (crew.shared, crew.shared) if load.shared else (crew.driver, None)
    before = Surroundings.read()
    with placed([launch.up.ward.pid for launch in launches], servers if servers != crew.servers else None):
        try:
            windows = slicer.slices(
                targets,
                load,
                length=load.slice,
                blocks=blocks,
                seed=draw.getrandbits(32),
                cores=driver,
                limit=limit,
                patience=_PATIENCE,
                lasting=not load.shared,
                shares=each,
            )
        except BenchError as error:
            for launch in launches:
                launch.fail(error)
            return
    for launch, window in zip(launches, before.beside(windows), strict=True):
        busy = None if load.shared else window.driver_busy
        launch.windows.append(_with_memory(launch, replace(window, driver_busy=busy)))
        tried(launch, partial(_still_answers, launch, load, window))


def whole(crew: Crew, launch: Launch, load: Load) -> None:
    """One window of load on one launch."""
    before = Surroundings.read()
    (window,) = before.beside([_driven(crew, launch, load)])
    launch.windows.append(_with_memory(launch, window))
    _still_answers(launch, load, window)


def _driven(crew: Crew, launch: Launch, load: Load) -> Window:
    """What the driver measured; where it finds nobody, and the server has ended, that is what is told."""
    try:
        return crew.drive(launch.up.target, load)
    except BenchError:
        launch.check(load.name)
        raise


def warm_up(crew: Crew, launches: Sequence[Launch], load: Load, draw: Random) -> None:
    """Load them by turns until responses get no cheaper from one time to the next, or for long enough."""
    load = replace(load, name="warm up", duration=_WARM_UP)
    before: dict[Launch, float] = {}
    for _ in range(_WARM_UPS):
        launches = [launch for launch in launches if launch.well]
        cut(crew, launches, load, draw)
        now = {launch: cost for launch in launches if launch.windows and (cost := _cost(launch.windows.pop()))}
        warm = settled(before, now)
        for launch in launches:
            launch.note(settled=launch in warm)
        launches, before = [launch for launch in launches if launch not in warm], now


def settled(before: Mapping[Key, float], now: Mapping[Key, float]) -> set[Key]:
    """Those whose costs no longer fall, of all that are known from both times.

    The machine has its own ups and downs, which are in all of them: each is held against the usual change. Where that
    itself is a fall, all are still warming up.
    """
    changes = {each: now[each] / cost for each, cost in before.items() if each in now}
    usual = statistics.median(changes.values()) if changes else 0.0
    if usual <= 1 - _SETTLED:
        return set()
    return {each for each, change in changes.items() if change > (1 - _SETTLED) * usual}


def warm_up_alone(crew: Crew, launch: Launch, load: Load) -> None:
    """The same for one launch, in whole windows."""
    costs: list[float] = []
    for _ in range(_WARM_UPS):
        asked = replace(load, name="warm up", duration=2 * _WARM_UP, windows=1, requests_each=None)
        window = _driven(crew, launch, asked)
        _still_answers(launch, asked, window)
        costs += [cost] if (cost := _cost(window)) else []
        launch.note(settled=len(costs) > 1 and abs(costs[-1] / costs[-2] - 1) < _ROUGHLY_SETTLED)
        if launch.settled:
            return


def _cost(window: Window) -> float | None:
    """CPU seconds, or else seconds, a response; the median of slices, where there are some."""
    pieces = window.slices
    if pieces is None or not pieces.wall:
        return window.server_cpu_per_response or (window.duration / window.responses if window.responses else None)
    costs = zip(pieces.server_cpu or pieces.wall, pieces.responses, strict=True)
    return statistics.median(cost / responses for cost, responses in costs)


def _still_answers(launch: Launch, load: Load, window: Window) -> None:
    """Raise ServerError when the server has ended, or has given no right answer at the last."""
    launch.check(load.name)
    lost = window.slices.lost if window.slices else bool(window.errors) and not window.responses
    if lost:
        kinds = ", ".join(f"{count} {kind}" for kind, count in window.errors.items())
        raise ServerError(f"{launch.trial.server} answered no more under load {load.name}: {kinds}.")


def _with_memory(launch: Launch, window: Window) -> Window:
    """What the driver cannot see."""
    target = launch.up.target
    return replace(
        window,
        memory=meter.memory(launch.up.ward.pid, itself=False),
        front_memory=meter.memory(target.front) if target.front else None,
    )
