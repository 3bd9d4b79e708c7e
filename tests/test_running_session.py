"""A run is carried out, each round with all rows, and every record holds what was measured."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
import sessions
from sessions import CAPACITY, COST, Make

from bench.histogram import Histogram
from bench.judgement import Estimate
from bench.levels import Figure
from bench.model import Record, Run
from bench.running import session
from bench.running.past import Past
from bench.running.plan import a_round
from bench.running.precision import Standing
from bench.running.session import Step, carry_out
from bench.system import machine

drive, bench = sessions.drive, sessions.bench


def test_every_launch_has_its_record_and_a_failure_costs_that_row_alone(bench: Make) -> None:
    records = list(carry_out(bench("waitress", "exits", rounds=2)))
    assert [record.trial for record in records] == [
        *a_round(["waitress", "exits"], 0, 3),
        *a_round(["waitress", "exits"], 1, 3),
    ]
    failed = [record for record in records if record.trial.server == "exits"]
    assert all(record.failure and "no such app" in record.failure and not record.windows for record in failed)
    assert all(record.failure is None for record in records if record.trial.server == "waitress")


def test_a_record_holds_every_figure(bench: Make) -> None:
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


def test_rows_of_a_round_share_the_blocks_of_their_slices(bench: Make) -> None:
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


def test_all_rows_are_asked_at_one_common_rate_from_the_first_round_on(bench: Make) -> None:
    records = list(carry_out(bench("waitress", "dev", rounds=2)))
    asked = [window for record in records for window in record.windows if window.load == "common"]
    slowest = min(
        sum(window.throughput for window in record.windows if window.load == "capacity") / 2 for record in records[:2]
    )
    assert len(asked) == 4
    (rate,) = {window.rate for window in asked}
    assert rate == pytest.approx(slowest / 2)


def test_where_memory_does_not_do_for_all_rows_groups_share_one(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ("waitress", "dev", "threaded")
    monkeypatch.setattr(session, "_room", lambda launches, loads: False)
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


def test_whoever_watches_hears_of_every_phase_and_of_every_round(bench: Make) -> None:
    heard: list[Step] = []
    ranked: list[Standing] = []
    records: list[Record] = list(carry_out(bench("waitress", rounds=2, tell=heard.append, rank=ranked.append)))
    phases = ["start", "warm up", "cost", "capacity", "capacity", "half", "common", "slots", "stop"]
    assert [(step.round, step.phase) for step in heard] == [(at, phase) for at in (0, 1) for phase in phases]
    assert heard[0].server == heard[5].server == "waitress"
    assert heard[2].server is None
    assert [standing.round for standing in ranked] == [0, 1]
    assert len(records) == 2


def test_loads_that_rows_take_by_turns_take_turns_themselves(bench: Make) -> None:
    (record,) = carry_out(bench("waitress", loads=(replace(COST, windows=2), replace(CAPACITY, windows=3))))
    assert [window.load for window in record.windows] == ["cost", "capacity", "cost", "capacity", "capacity"]


def test_rounds_go_on_until_every_row_is_precise_and_three_times_at_least(bench: Make) -> None:
    ranked: list[Standing] = []
    loads = (COST, CAPACITY)
    list(carry_out(bench("waitress", "dev", loads=loads, rounds=None, precision=99.0, rank=ranked.append)))
    assert [standing.precise for standing in ranked][2:] == [True]


def test_a_row_that_is_known_worst_has_more_slices_and_so_it_does_when_the_run_is_resumed(
    bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, judged = ("waitress", "tornado", "dev"), []
    vague, known = (Estimate(1.0, 1 - reach, 1 + reach) for reach in (0.1, 0.001))

    def standing(run: Run, records: Sequence[Record]) -> Standing:
        """Of these rows the cost of `dev` alone is not known."""
        judged.append([*records])
        found: dict[str, dict[Figure, Estimate]] = {
            row: {"cost": vague if row == "dev" else known, "throughput": known} for row in rows
        }
        return Standing(records[-1].trial.round, found, run.precision)

    monkeypatch.setattr(session, "standing", standing)
    before = [Record(trial, 0.0) for at in range(3) for trial in a_round(rows, at, seed=3)]
    begun = replace(before[0], trial=a_round(rows, 3, seed=3)[0], failure="it exited.")
    resumed = bench(*rows, loads=(COST, CAPACITY), rounds=5, past=Past((*before, begun)))
    after = list(carry_out(resumed))
    assert judged[0] == before
    assert [record.trial.round for record in after] == [3, 3, 4, 4, 4]
    for record in after:
        cost, *capacity = (window.slices for window in record.windows)
        assert cost
        assert Counter(cost.numbers) == dict.fromkeys(range(3), 3 if record.trial.server == "dev" else 1)
        assert all(slices and slices.blocks is None for slices in capacity)


def test_no_round_begins_that_the_time_does_not_allow(bench: Make) -> None:
    loads = (CAPACITY,)
    records = list(carry_out(bench("waitress", loads=loads, rounds=None, precision=1e-9, max_time=0.1)))
    assert len(records) == 1
