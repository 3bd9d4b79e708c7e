"""The only loop: rounds of fresh launches, until every row is known precisely enough or the time is over."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from bench.model import Load, Record, Run, Seconds, Trial
from bench.rows.catalog import Catalog
from bench.running import past, plan, preflight, rates
from bench.running.ending import enough
from bench.running.launches import Launch, tried
from bench.running.measuring import Crew, cut, warm_up, warm_up_alone, whole
from bench.running.past import NOTHING, Past
from bench.running.precision import Standing, standing
from bench.running.shares import shares
from bench.running.slots import Slots
from bench.system import meter

_HURRY: Seconds = 0.3


@dataclass(frozen=True)
class Step:
    """What is going on, for whoever watches: a phase of a round, and of which row where they take turns in it."""

    round: int
    phase: str
    server: str | None = None
    throughput: float | None = None


@dataclass(frozen=True)
class Bench:
    """Everything that measuring a run takes; `past` is what was measured of it before."""

    run: Run
    catalog: Catalog
    crew: Crew
    logs: Path
    tell: Callable[[Step], None] = lambda step: None
    rank: Callable[[Standing], None] = lambda standing: None
    undisturbed: Callable[[], AbstractContextManager[None]] = nullcontext
    """Holds interrupts back for a block, in which finished records are handed over."""
    past: Past = NOTHING

    @property
    def cutting(self) -> list[Load]:
        """The loads that rows take by turns, all up at once; what costs before what it can do."""
        return sorted((load for load in self.run.loads if load.slice), key=lambda load: not load.shared)


@dataclass
class _Known:
    """What later rounds take over: slots and the capacities that tell the rate common to all rows from the first round,
    and how far all before have come.
    """

    slots: Slots
    common: rates.Common | None = None
    reached: Standing | None = None


def carry_out(bench: Bench) -> Iterator[Record]:
    """Conduct one round after the other and give each launch's record; a failure costs its launch alone.

    Interrupted, what was measured until then comes out before KeyboardInterrupt goes on its way.
    """
    run, began, records = bench.run, time.monotonic() - bench.past.spent, list(bench.past.records)
    before = bench.past.whole_rounds
    reached = standing(run, before) if before else None
    known = _Known(Slots(bench.catalog, run.settings, records), past.common(run, records), reached)
    for trials in plan.rounds(list(run.servers), run.seed, run.rounds, bench.past.round):
        at = trials[0].round
        for launches in _groups(bench, trials, _of(at, records), known):
            found = [launch.final() for launch in launches]
            records += found
            with bench.undisturbed():
                yield from found
        if known.common is None:
            known.common = _common(run, _of(at, records))
        known.reached = standing(run, records)
        bench.rank(known.reached)
        if enough(run, records, time.monotonic() - began, known.reached):
            return


def _of(at: int, records: Sequence[Record]) -> list[Record]:
    """Those of one round."""
    return [record for record in records if record.trial.round == at]


def _groups(bench: Bench, trials: Sequence[Trial], before: Sequence[Record], known: _Known) -> Iterator[list[Launch]]:
    """The launches of one round, measured and ended: all that were up together at a time."""
    waiting = past.left(trials, before, bench.run, known.common)
    group = 1 + max((record.trial.group for record in before), default=-1)
    met = {record.trial.server for record in before if not record.failure}
    while waiting:
        link = next((trial for trial in trials if trial.server in met), None) if bench.cutting else None
        if link:
            # Rows that were never up together are compared by way of one that was up with each of them.
            others = [trial for trial in waiting if trial.server != link.server]
            waiting = [replace(link, seed=link.seed ^ group), *others]
        launches: list[Launch] = []
        try:
            _conduct(bench, waiting, group, launches, known, least=2 if link else 1)
        except KeyboardInterrupt:
            for launch in launches:
                launch.interrupt(bench.cutting)
            yield launches
            raise
        yield launches
        met |= {launch.trial.server for launch in launches if launch.well}
        group += 1


def _conduct(bench: Bench, waiting: list[Trial], group: int, launches: list[Launch], known: _Known, least: int) -> None:
    """Take as many trials as there is room for, but so many at least, start them, measure them, end them."""
    with ExitStack() as stack:
        try:
            while waiting and (len(launches) < least or (bench.cutting and _room(launches, bench.cutting))):
                trial = replace(waiting.pop(0), group=group)
                bench.tell(Step(trial.round, "start", trial.server))
                launches.append(Launch(trial, bench.logs))
                stack.callback(launches[-1].end)
                tried(launches[-1], partial(launches[-1].start, bench.catalog, bench.run.settings, bench.crew.servers))
            _measure(bench, launches, known, alone=group == 0 and not waiting)
        except KeyboardInterrupt:
            for launch in launches:
                launch.dismiss(_HURRY)
            raise
        bench.tell(Step(launches[0].trial.round, "stop"))
        for launch in launches:
            launch.dismiss()


def _room(launches: Sequence[Launch], loads: Sequence[Load]) -> bool:
    """Whether one row more fits: into memory, if all grow under load by as much as they hold when idle, and with all
    its connections into what the driver may open.
    """
    held = [launch.idle_memory for launch in launches]
    if (len(launches) + 1) * max(load.connections for load in loads) > preflight.connectable():
        return False
    return meter.available() > sum(held) + 2 * max(held)


def _measure(bench: Bench, launches: Sequence[Launch], known: _Known, *, alone: bool) -> None:
    """Warm up, put on all loads, and look at the memory; `alone` means that no other launches belong to the round."""
    trial = launches[0].trial
    draw = Random(f"{bench.run.seed} {trial.round} {trial.group}")
    bench.tell(Step(trial.round, "warm up", None if bench.cutting else trial.server))
    if bench.cutting:
        warm_up(bench.crew, launches, bench.cutting[0], draw)
    for launch in launches if not bench.cutting else ():
        if launch.well:
            tried(launch, partial(warm_up_alone, bench.crew, launch, bench.run.loads[0]))
    for load in _alternating(bench.cutting):
        bench.tell(Step(trial.round, load.name))
        due = shares(known.reached, bench.run.loads, load)
        cut(bench.crew, [launch for launch in launches if launch.well], load, draw, due)
    if alone and known.common is None and bench.cutting:
        known.common = _common(bench.run, [launch.final() for launch in launches])
    for load in plan.loads(bench.run, trial.round):
        for launch in draw.sample(launches, len(launches)) if not load.slice else ():
            tried(launch, partial(_windows, bench, launch, load, known.common))
    for launch in launches:
        if launch.well:
            launch.look()
    bench.tell(Step(trial.round, "slots"))
    known.slots.count(launches)


def _alternating(loads: Sequence[Load]) -> Iterator[Load]:
    """Each load as often as it has windows, by turns: what the machine does for some seconds is in one of them only."""
    for number in range(max((load.windows for load in loads), default=0)):
        yield from (load for load in loads if number < load.windows)


def _windows(bench: Bench, launch: Launch, load: Load, common: rates.Common | None) -> None:
    """The windows of one load on one row; none where it has no rate."""
    own = rates.capacity(launch.windows, rates.capacity_load(bench.run.loads))
    slowest = common.slowest(launch.trial.server, own) if common else None
    rated = rates.with_rate(load, own, slowest, bench.run.rounds or plan.LEAST_ROUNDS) if launch.well else None
    for _ in range(load.windows if rated else 0):
        assert rated  # noqa: S101
        last = launch.windows[-1].throughput if launch.windows else None
        bench.tell(Step(launch.trial.round, load.name, launch.trial.server, last))
        whole(bench.crew, launch, rated)


def _common(run: Run, records: Sequence[Record]) -> rates.Common | None:
    """The rate common to all rows; None where none answers rightly."""
    found = past.capacities(run, records)
    return rates.Common(found) if found else None
