"""The only loop: carry out a plan, trial by trial, and give back a record of each the moment it is known."""

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import launch, meter, probe
from bench.catalog import Catalog
from bench.drivers import Drive
from bench.errors import BenchError, ServerError
from bench.launch import Up
from bench.model import Load, Record, Seconds, Settings, Trial, Window

_WARM_UP_SLICE: Seconds = 0.2
_WARM_UP_SLICES = 6
_SETTLED = 0.1
_TOLERATED_ERRORS = 0.001


@dataclass(frozen=True)
class Step:
    """What is going on, for whoever watches: a phase of a trial, and the throughput last seen in it."""

    trial: Trial
    phase: str
    throughput: float | None = None


@dataclass(frozen=True)
class Bench:
    """Everything trials have in common."""

    catalog: Catalog
    settings: Settings
    loads: tuple[Load, ...]
    drive: Drive
    logs: Path
    cores: tuple[int, ...] | None = None
    tell: Callable[[Step], None] = lambda step: None


@dataclass
class _Draft:
    """A record in the making: what it holds stays, whatever happens next."""

    record: Record
    windows: list[Window] = field(default_factory=list)

    def note(self, **figures: object) -> None:
        self.record = replace(self.record, **figures)  # type: ignore[arg-type]

    def final(self, log: Path) -> Record:
        return replace(self.record, windows=tuple(self.windows), log=launch.last_words(log))


def carry_out(plan: Iterable[Trial], bench: Bench) -> Iterator[Record]:
    """Conduct one trial after the other; a failure costs its trial alone.

    Interrupted, the record of what was measured until then comes out before KeyboardInterrupt goes on its way.
    """
    capacities: dict[str, float] = {}
    slowest: float | None = None
    for trial in plan:
        if trial.round and slowest is None:
            # Settled once: it is the rate at which all rows are compared from here on.
            slowest = min(capacities.values(), default=None)
        draft = _Draft(Record(trial, started=time.monotonic()))
        log = bench.logs / f"{trial.server}-{trial.round + 1}.log"
        try:
            _conduct(trial, bench, draft, log, slowest)
        except BenchError as error:
            draft.note(failure=str(error))
        except KeyboardInterrupt:
            draft.note(failure="interrupted")
            yield draft.final(log)
            raise
        record = draft.final(log)
        capacity = _capacity(record.windows)
        if capacity and not record.failure and not _faulty(record.windows):
            capacities[trial.server] = capacity
        yield record


def _conduct(trial: Trial, bench: Bench, draft: _Draft, log: Path, slowest: float | None) -> None:
    """Start, warm up, measure under every load, stop; figures go into the draft as they come."""
    server = bench.catalog.servers[trial.server]
    bench.tell(Step(trial, "start"))
    with launch.serving(bench.catalog, server, bench.settings, log=log, cores=bench.cores, seed=trial.seed) as up:
        draft.note(ready=up.ready, first_byte=up.first_byte, memory_idle=meter.memory(up.ward.pid, itself=False))
        draft.note(manner=probe.manner(up.target.url, bench.catalog.apps[server.serves].right))
        bench.tell(Step(trial, "warm up"))
        draft.note(settled=_warm_up(bench.drive, up, bench.loads[0]))
        for load in bench.loads:
            _measure(trial, bench, draft, up, _with_rate(load, draft.windows, slowest))
        draft.note(memory_loaded=meter.memory(up.ward.pid, itself=False))
        bench.tell(Step(trial, "stop"))
    draft.note(stopping=up.ward.stopped.seconds, left=up.ward.stopped.left)


def _measure(trial: Trial, bench: Bench, draft: _Draft, up: Up, load: Load | None) -> None:
    """Measure the windows of one load; one that has no rate yet (None) is left out."""
    for _ in range(load.windows if load else 0):
        assert load  # noqa: S101
        last = draft.windows[-1].throughput if draft.windows else None
        bench.tell(Step(trial, load.name, last))
        draft.windows.append(_observed(bench.drive, up, load))
        fate = up.ward.ended()
        if fate:
            raise ServerError(f"{trial.server} {fate} under load {load.name}.")


def _observed(drive: Drive, up: Up, load: Load) -> Window:
    """A driven window, with what the driver cannot see: memory, and CPU time that was not ours."""
    machine, ours = meter.usage(), meter.cpu_time(os.getpid())
    window = drive(up.target, load)
    later, still_ours = meter.usage(), meter.cpu_time(os.getpid())
    return replace(
        window,
        memory=meter.memory(up.ward.pid, itself=False),
        front_memory=meter.memory(up.target.front) if up.target.front else None,
        steal=later.steal - machine.steal if later.steal is not None and machine.steal is not None else None,
        foreign_cpu=max(0.0, later.busy - machine.busy - (still_ours - ours)) if still_ours and ours else None,
    )


def _warm_up(drive: Drive, up: Up, load: Load) -> bool:
    """Load until the cost of a response no longer changes; whether it came to that in a bounded number of slices."""
    costs: list[float] = []
    for _ in range(_WARM_UP_SLICES):
        window = drive(up.target, replace(load, name="warm up", duration=_WARM_UP_SLICE, windows=1))
        if not window.responses:
            continue
        costs.append(window.server_cpu_per_response or window.duration / window.responses)
        if len(costs) > 1 and abs(costs[-1] / costs[-2] - 1) < _SETTLED:
            return True
    return False


def _with_rate(load: Load, windows: Iterable[Window], slowest: float | None) -> Load | None:
    """The load with its rate worked out from what is known; None while it cannot be."""
    if load.share is None:
        return load
    capacity = slowest if load.share_of == "slowest" else _capacity(windows)
    return replace(load, rate=load.share * capacity) if capacity else None


def _capacity(windows: Iterable[Window]) -> float | None:
    """Responses per second at saturation: the median of the first closed load's windows; others belong to a sweep."""
    closed = [window for window in windows if window.model == "closed"]
    seen = [window.throughput for window in closed if window.load == closed[0].load]
    return statistics.median(seen) if seen else None


def _faulty(windows: Iterable[Window]) -> bool:
    errors = sum(sum(window.errors.values()) for window in windows)
    return errors > _TOLERATED_ERRORS * sum(window.responses for window in windows)
