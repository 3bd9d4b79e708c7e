"""A run is carried out whatever single rows do, and every record holds what was measured."""

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import synthetic
from rows import file_of_faults

from bench import drivers, machine, meter, session
from bench.catalog import Catalog, load_catalog
from bench.drivers.remote import Remote
from bench.histogram import Histogram
from bench.launches import INTERRUPTED
from bench.measuring import Crew
from bench.model import Load, Record, Settings, Target, Window
from bench.plan import a_round
from bench.precision import Standing
from bench.session import Bench, Step, carry_out

COST = Load("cost", connections=4, duration=0.03, slice=0.01, shared=True)
CAPACITY = Load("capacity", connections=8, duration=0.03, windows=2, slice=0.01)
LOADS = (
    COST,
    CAPACITY,
    Load("half", connections=8, duration=0.2, share=0.5),
    Load("common", connections=8, duration=0.2, share=0.5, share_of="slowest"),
)
WHOLE = (Load("capacity", connections=8, duration=0.3, windows=2), LOADS[2])


@pytest.fixture(scope="module")
def drive() -> Iterator[Remote]:
    with drivers.driving("locust", machine.probe().driver_cores) as drive:
        assert isinstance(drive, Remote)
        yield drive


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    exits = "print('no such app'); raise SystemExit(3)"
    return load_catalog(file_of_faults(tmp_path, {"exits": exits}))


@pytest.fixture
def bench(catalog: Catalog, drive: Remote, tmp_path: Path) -> Callable[..., Bench]:
    here = machine.probe()

    def make(
        *rows: str, loads: tuple[Load, ...] = LOADS, driver: Any = drive, rounds: int | None = 1, **more: Any
    ) -> Bench:
        of_run = {name: more.pop(name) for name in ("precision", "max_time") if name in more}
        shapes = tuple(synthetic.Shape(row, 1000, 1e-3) for row in rows)
        run = replace(
            synthetic.run(shapes), settings=Settings(), machine=here, loads=loads, rounds=rounds, seed=3, **of_run
        )
        return Bench(run, catalog, Crew(driver, here.server_cores, here.driver_cores), tmp_path, **more)

    return make


def test_every_launch_has_its_record_and_a_failure_costs_that_row_alone(bench: Callable[..., Bench]) -> None:
    records = list(carry_out(bench("waitress", "exits", rounds=2)))
    assert [record.trial for record in records] == [
        *a_round(["waitress", "exits"], 0, 3),
        *a_round(["waitress", "exits"], 1, 3),
    ]
    failed = [record for record in records if record.trial.server == "exits"]
    assert all(record.failure and "no such app" in record.failure and not record.windows for record in failed)
    assert all(record.failure is None for record in records if record.trial.server == "waitress")


def test_a_record_holds_every_figure(bench: Callable[..., Bench]) -> None:
    (record,) = carry_out(bench("waitress+nginx"))
    assert [window.load for window in record.windows] == ["cost", "capacity", "capacity", "half", "common"]
    assert record.manner
    assert record.manner.keep_alive
    assert record.ready
    assert record.memory_idle
    assert record.memory_loaded
    assert record.settled is not None
    assert record.left == 0
    assert record.slots == bench("waitress+nginx").run.servers["waitress+nginx"].slots == 8
    for window in record.windows:
        assert window.responses > 0
        assert not window.errors
        assert window.latency
        assert Histogram.decode(window.latency).count == window.responses
        assert None not in (window.server_cpu, window.front_cpu, window.driver_cpu, window.memory, window.foreign_cpu)
        assert 0 < (window.front_cpu or 0) < (window.server_cpu or 0)
        assert 0 < (window.front_memory or 0) < (window.memory or 0)
    capacity = sum(window.throughput for window in record.windows[1:3]) / 2
    assert record.windows[3].rate == pytest.approx(capacity / 2, rel=0.01)


def test_rows_of_a_round_share_the_blocks_of_their_slices(bench: Callable[..., Bench]) -> None:
    one, other = carry_out(bench("waitress", "dev"))
    assert len([window for window in one.windows if window.slices]) == 3
    for mine, its in zip(one.windows[:3], other.windows[:3], strict=True):
        assert mine.slices
        assert its.slices
        assert mine.slices.order == its.slices.order
        assert len(mine.slices.wall) == len(its.slices.wall) == 3
    here = machine.probe()
    assert one.windows[0].slices
    assert one.windows[1].slices
    if here.server_cores and here.driver_cores:
        assert one.windows[0].slices.cores == here.server_cores[:1]
        assert one.windows[1].slices.cores == here.driver_cores
        assert one.windows[0].driver_busy is None
        assert one.windows[1].driver_busy


def test_all_rows_are_asked_at_one_common_rate_from_the_first_round_on(bench: Callable[..., Bench]) -> None:
    records = list(carry_out(bench("waitress", "dev", rounds=2)))
    asked = [window for record in records for window in record.windows if window.load == "common"]
    slowest = min(
        sum(window.throughput for window in record.windows if window.load == "capacity") / 2 for record in records[:2]
    )
    assert len(asked) == 4
    (rate,) = {window.rate for window in asked}
    assert rate == pytest.approx(slowest / 2)


def test_where_memory_does_not_do_for_all_rows_groups_share_one(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ("waitress", "dev", "threaded")
    monkeypatch.setattr(session, "_room", lambda launches: False)
    records = list(carry_out(bench(*rows, loads=(CAPACITY,))))
    groups = [
        {record.trial.server for record in records if record.trial.group == group}
        for group in range(1 + max(record.trial.group for record in records))
    ]
    assert set().union(*groups) == set(rows)
    reference = a_round(rows, 0, 3)[0].server
    assert groups[0] == {reference}
    assert all(reference in group and len(group) == 2 for group in groups[1:])
    assert not any(record.failure for record in records)
    assert len({record.trial.seed for record in records}) == len(records)


class Harming:
    """A driver during whose second order for capacity somebody sends the last row's server a signal."""

    def __init__(self, drive: Remote, number: int) -> None:
        self._drive, self._number, self._orders = drive, number, 0

    def slices(self, targets: Sequence[Target], load: Load, **more: Any) -> tuple[Window, ...]:
        self._orders += load.name == "capacity"
        if self._orders != 2:
            return self._drive.slices(targets, load, **more)
        (victim,) = psutil.Process(next(target.pid for target in targets if target.name == "dev")).children()
        timer = threading.Timer(0.05, victim.send_signal, [self._number])
        timer.start()
        try:
            return self._drive.slices(targets, load, **more)
        finally:
            timer.join()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (signal.SIGKILL, "dev was ended by SIGKILL under load capacity."),
        (signal.SIGSTOP, r"dev answered no more under load capacity: .*\d+ time-out\."),
    ],
)
def test_a_server_that_is_lost_in_mid_slices_is_dropped_with_its_reason_and_the_others_go_on(
    bench: Callable[..., Bench], drive: Remote, monkeypatch: pytest.MonkeyPatch, number: int, failure: str
) -> None:
    monkeypatch.setattr(drivers, "slicer", lambda drive: drive)
    loads = (replace(CAPACITY, windows=3, duration=0.3, timeout=0.5),)
    records = {
        record.trial.server: record
        for record in carry_out(bench("dev", "waitress", loads=loads, driver=Harming(drive, number)))
    }
    assert re.fullmatch(failure, records["dev"].failure or "")
    assert len(records["dev"].windows) == 2
    assert records["dev"].windows[0].responses
    assert records["waitress"].failure is None
    assert len(records["waitress"].windows) == 3
    assert not any(window.errors for window in records["waitress"].windows)


def test_a_driver_without_slices_loads_one_row_after_the_other(bench: Callable[..., Bench], drive: Remote) -> None:
    alive: list[int] = []

    def watched(target: Target, load: Load) -> Window:
        alive.append(sum("bench.warden" in line for line in _commands()))
        return drive(target, load)

    records = list(carry_out(bench("waitress", "dev", loads=WHOLE, driver=watched)))
    assert [[window.load for window in record.windows] for record in records] == [["capacity", "capacity", "half"]] * 2
    assert not any(window.slices for record in records for window in record.windows)
    if meter.LINUX:
        assert set(alive) == {1}


def _commands() -> Iterator[str]:
    """The command lines of this process's children."""
    for child in psutil.Process().children():
        yield " ".join(child.cmdline())


class Interrupting:
    """A driver that somebody interrupts at one of its orders."""

    def __init__(self, drive: Remote, at: int) -> None:
        self._drive, self._at, self._orders = drive, at, 0

    def __call__(self, target: Target, load: Load) -> Window:
        self._count()
        return self._drive(target, load)

    def slices(self, targets: Sequence[Target], load: Load, **more: Any) -> tuple[Window, ...]:
        if load.name != "warm up":
            self._count()
        return self._drive.slices(targets, load, **more)

    def _count(self) -> None:
        self._orders += 1
        if self._orders == self._at:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("at", "failure", "windows"), [(3, INTERRUPTED, 2), (4, None, 3)])
def test_interrupted_records_come_out_first_and_those_measured_at_capacity_count(
    bench: Callable[..., Bench],
    drive: Remote,
    monkeypatch: pytest.MonkeyPatch,
    at: int,
    failure: str | None,
    windows: int,
) -> None:
    monkeypatch.setattr(drivers, "slicer", lambda drive: drive)
    records = carry_out(bench("waitress", driver=Interrupting(drive, at), rounds=2))
    record = next(records)
    assert (record.failure, len(record.windows)) == (failure, windows)
    with pytest.raises(KeyboardInterrupt):
        next(records)


def test_whoever_watches_hears_of_every_phase_and_of_every_round(bench: Callable[..., Bench]) -> None:
    heard: list[Step] = []
    ranked: list[Standing] = []
    records: list[Record] = list(carry_out(bench("waitress", rounds=2, tell=heard.append, rank=ranked.append)))
    phases = ["start", "warm up", "cost", "capacity", "capacity", "half", "common", "slots", "stop"]
    assert [(step.round, step.phase) for step in heard] == [(at, phase) for at in (0, 1) for phase in phases]
    assert heard[0].server == heard[5].server == "waitress"
    assert heard[2].server is None
    assert [standing.round for standing in ranked] == [0, 1]
    assert len(records) == 2


def test_rounds_go_on_until_every_row_is_precise_and_three_times_at_least(bench: Callable[..., Bench]) -> None:
    ranked: list[Standing] = []
    loads = (COST, CAPACITY)
    list(carry_out(bench("waitress", "dev", loads=loads, rounds=None, precision=99.0, rank=ranked.append)))
    assert [standing.precise for standing in ranked][2:] == [True]


def test_no_round_begins_that_the_time_does_not_allow(bench: Callable[..., Bench]) -> None:
    loads = (CAPACITY,)
    records = list(carry_out(bench("waitress", loads=loads, rounds=None, precision=1e-9, max_time=0.1)))
    assert len(records) == 1
