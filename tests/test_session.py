"""A plan is carried out whatever single rows do, and every record holds what was measured."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rows import ANSWER, file_of_faults

from bench import drivers, machine
from bench.catalog import Catalog, load_catalog
from bench.drivers import Drive
from bench.histogram import Histogram
from bench.model import Load, Record, Settings, Target, Window
from bench.plan import interleaved
from bench.session import Bench, Step, carry_out

DIES = ANSWER.format(body=b"Hello World!", status=200).replace(
    "import http.server, sys", "import http.server, os, sys, threading\nthreading.Timer(1.5, os._exit, [9]).start()"
)
LOADS = (
    Load("capacity", connections=8, duration=0.3, windows=2),
    Load("half", connections=8, duration=0.3, share=0.5),
    Load("common", connections=8, duration=0.3, share=0.5, share_of="slowest"),
)


@pytest.fixture(scope="module")
def drive() -> Iterator[Drive]:
    with drivers.driving("locust", machine.probe().driver_cores) as drive:
        yield drive


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    exits = "print('no such app'); raise SystemExit(3)"
    return load_catalog(file_of_faults(tmp_path, {"exits": exits, "dies": DIES}))


@pytest.fixture
def bench(catalog: Catalog, drive: Drive, tmp_path: Path) -> Callable[..., Bench]:
    def make(**changes: object) -> Bench:
        base = {"catalog": catalog, "settings": Settings(), "loads": LOADS, "drive": drive, "logs": tmp_path}
        return Bench(**{**base, **changes})  # type: ignore[arg-type]

    return make


def test_every_trial_has_its_record_and_a_failure_costs_its_row_alone(bench: Callable[..., Bench]) -> None:
    plan = interleaved(["waitress", "exits"], rounds=2, seed=3)
    records = list(carry_out(plan, bench()))
    assert [record.trial for record in records] == list(plan)
    failed = [record for record in records if record.trial.server == "exits"]
    assert all(record.failure and "no such app" in record.failure and not record.windows for record in failed)
    assert all(record.failure is None for record in records if record.trial.server == "waitress")


def test_a_record_holds_every_figure(bench: Callable[..., Bench]) -> None:
    first, second = carry_out(interleaved(["waitress+nginx"], rounds=2, seed=3), bench())
    assert [window.load for window in first.windows] == ["capacity", "capacity", "half"]
    assert [window.load for window in second.windows] == ["capacity", "capacity", "half", "common"]
    for record in (first, second):
        _whole(record)
    capacity = min(window.throughput for window in second.windows[:2])
    assert second.windows[2].rate == pytest.approx(capacity / 2, rel=0.5)


def test_all_rows_are_asked_at_one_common_rate(bench: Callable[..., Bench]) -> None:
    records = list(carry_out(interleaved(["waitress", "dev"], rounds=3, seed=3), bench()))
    rates = {window.rate for record in records for window in record.windows if window.load == "common"}
    slowest = min(sum(w.throughput for w in record.windows[:2]) / 2 for record in records[:2])
    assert [round(rate) for rate in rates if rate] == [round(slowest / 2)]


def _whole(record: Record) -> None:
    assert record.manner
    assert record.manner.keep_alive
    assert record.ready
    assert record.memory_idle
    assert record.memory_loaded
    assert record.left == 0
    for window in record.windows:
        assert window.responses > 0
        assert not window.errors
        assert window.latency
        assert Histogram.decode(window.latency).count == window.responses
        assert None not in (window.server_cpu, window.front_cpu, window.driver_cpu, window.memory, window.foreign_cpu)
        assert 0 < (window.front_cpu or 0) < (window.server_cpu or 0)
        assert 0 < (window.front_memory or 0) < (window.memory or 0)


def test_a_server_that_dies_under_load_is_a_failed_record_with_what_was_measured(
    bench: Callable[..., Bench],
) -> None:
    loads = (Load("capacity", connections=4, duration=0.4, windows=9),)
    (record,) = carry_out(interleaved(["dies"], rounds=1, seed=3), bench(loads=loads))
    assert record.failure == "dies exited with status 9 under load capacity."
    assert any(window.responses for window in record.windows)


def test_an_interruption_gives_the_record_of_what_was_measured_first(bench: Callable[..., Bench]) -> None:
    calls = []

    def interrupted(target: Target, load: Load) -> Window:
        calls.append(load.name)
        if calls.count("capacity") == 2:
            raise KeyboardInterrupt
        return bench().drive(target, load)

    records = carry_out(interleaved(["waitress"], rounds=2, seed=3), bench(drive=interrupted))
    record = next(records)
    assert record.failure == "interrupted"
    assert len(record.windows) == 1
    with pytest.raises(KeyboardInterrupt):
        next(records)


def test_whoever_watches_hears_of_every_phase(bench: Callable[..., Bench]) -> None:
    heard: list[Step] = []
    list(carry_out(interleaved(["waitress"], rounds=1, seed=3), bench(tell=heard.append)))
    assert [step.phase for step in heard] == ["start", "warm up", "capacity", "capacity", "half", "stop"]
    assert heard[3].throughput
