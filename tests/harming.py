"""Runs in which servers are harmed in mid-window: a driver that signals them while it measures, and what came of it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import psutil
import synthetic
from waiting import eventually

from bench import drivers, launch
from bench.drivers.remote import Remote
from bench.judgement import Verdict
from bench.model import Load, Record, Settings, Target, Window
from bench.rows.catalog import load_catalog
from bench.running.measuring import Crew
from bench.running.session import Bench, carry_out
from bench.system import machine
from bench.validity import judge_all

Harm = Callable[[Target], object]
"""What is done to a server that is up and under load."""

SETTINGS = Settings(workers=2, threads=2)
BUSY = 0.05
"""Seconds of CPU time that servers use within an order only."""
LEAST = 2.0
"""Seconds that an order lasts amid which servers come to harm, so that it is not over before they do."""


def family(target: Target) -> list[psutil.Process]:
    """Every process of a server, its wardens left out."""
    members = psutil.Process(target.pid).children(recursive=True) if target.pid else []
    return [member for member in members if "bench.processes.warden" not in _command(member)]


def sending(number: int, *named: str) -> Harm:
    """Sends a signal to every process of a server with one of these words in its command."""

    def harm(target: Target) -> None:
        for member in family(target):
            if all(name in _command(member) for name in named):
                with suppress(psutil.NoSuchProcess):
                    member.send_signal(number)

    return harm


def _command(member: psutil.Process) -> str:
    try:
        return " ".join(member.cmdline())
    except psutil.Error:
        return ""


@contextmanager
def once(begun: Callable[[], object], harm: Callable[[], object]) -> Iterator[None]:
    """Meanwhile somebody waits for something to have begun, and then does harm."""

    def do() -> None:
        eventually(begun)
        harm()

    thread = threading.Thread(target=do)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def working(targets: Sequence[Target], least: float = 0.0) -> Callable[[], bool]:
    """Whether servers that nobody asked have been at work since, for more than so many seconds of CPU time."""
    before = _work(targets)
    return lambda: _work(targets) > before + least


def _work(targets: Sequence[Target]) -> float:
    """The CPU time of all processes of servers, which the kernel tells in hundredths of a second."""
    used = 0.0
    for member in chain.from_iterable(map(family, targets)):
        with suppress(psutil.NoSuchProcess):
            used += sum(member.cpu_times()[:2])
    return used


class Harming:
    """A driver in whose second order for capacity everybody's server comes to harm once the order is under way."""

    def __init__(self, drive: Remote, harms: Mapping[str, Harm]) -> None:
        self._drive, self._harms = drive, harms
        self._orders: dict[str, int] = {}

    def __call__(self, target: Target, load: Load) -> Window:
        if not self._due([target], load):
            return self._drive(target, load)
        with once(working([target], BUSY), partial(self._do, [target])):
            return self._drive(target, replace(load, duration=max(load.duration, LEAST)))

    def slices(self, targets: Sequence[Target], load: Load, **more: Any) -> tuple[Window, ...]:
        if not self._due(targets, load):
            return self._drive.slices(targets, load, **more)
        with once(working(targets, BUSY), partial(self._do, targets)):
            return self._drive.slices(targets, load, **{**more, "blocks": 2 * more["blocks"]})

    def _due(self, targets: Sequence[Target], load: Load) -> bool:
        """At the first orders for capacity they stay well, so that there is something to be kept."""
        order = "+".join(target.name for target in targets)
        self._orders[order] = self._orders.get(order, 0) + (load.name == "capacity")
        return self._orders[order] == 2 and load.name == "capacity"

    def _do(self, targets: Sequence[Target]) -> None:
        for target in targets:
            if target.name in self._harms:
                self._harms[target.name](target)


@dataclass(frozen=True)
class Outcome:
    """What came of each row."""

    records: Mapping[str, Record]
    verdicts: Mapping[str, Verdict]


def harmed(rows: Path | None, harms: Mapping[str, Harm], folder: Path, loads: Sequence[Load], *well: str) -> Outcome:
    """Carry out one round over the rows that come to harm, and over those that stay well."""
    here = machine.probe()
    catalog = load_catalog(rows)
    names = (*harms, *well)
    of = synthetic.run(tuple(synthetic.Shape(name, 1000, 1e-3) for name in names))
    described = {name: launch.described(catalog, catalog.servers[name], SETTINGS) for name in names}
    run = replace(of, settings=SETTINGS, machine=here, loads=tuple(loads), rounds=1, seed=5, servers=described)
    with drivers.driving("locust", here.driver_cores) as started:
        assert isinstance(started, Remote)
        crew = Crew(Harming(started, harms), here.server_cores, here.driver_cores)
        records = {record.trial.server: record for record in carry_out(Bench(run, catalog, crew, folder))}
    return Outcome(records, judge_all({name: [record] for name, record in records.items()}, run))
