"""What slices say of a row does not depend on what hit all rows alike."""

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import levels, stats
from bench.model import Load, Record, Slices, Trial, Window

LOADS = (
    Load("cost", slice=0.02, shared=True),
    Load("capacity", slice=0.02),
    Load("half", share=0.5),
    Load("capacity-2", connections=2, slice=0.02),
)


def window(load: str, order: int, walls: list[float], costs: list[float] | None = None) -> Window:
    slices = Slices(
        order=order,
        length=0.02,
        cores=None,
        wall=tuple(walls),
        responses=(100,) * len(walls),
        received=(0,) * len(walls),
        driver_cpu=(0.0,) * len(walls),
        server_cpu=tuple(costs) if costs else None,
    )
    return Window(load, "closed", 64, 0.0, sum(walls), 100 * len(walls), slices=slices)


def record(name: str, at: int, *windows: Window, failure: str | None = None, group: int = 0) -> Record:
    return Record(Trial(name, at, 0, 1, group), 0.0, failure=failure, windows=windows)


def noisy(seed: int, steps: dict[str, float], rounds: int = 4, noise: float = 0.002) -> dict[str, list[Record]]:
    """Rows that differ by `steps`, on a machine whose speed changes by half from block to block and round to round."""
    draw = Random(seed)
    rows: dict[str, list[Record]] = {name: [] for name in steps}
    for at in range(rounds):
        day = draw.uniform(0.7, 1.4)
        weather = [day * draw.uniform(0.7, 1.4) for _ in range(20)]
        for name, step in steps.items():
            walls = [0.02 * sky * step * math.exp(draw.gauss(0, noise)) for sky in weather]
            rows[name].append(record(name, at, window("capacity", 5, walls, [wall / 2 for wall in walls])))
    return rows


@given(st.integers(0, 1000))
def test_common_ups_and_downs_leave_ratios_alone(seed: int) -> None:
    rows = noisy(seed, {"a": 1.0, "b": 1.03, "c": 2.0})
    cost = levels.estimates(rows, "capacity", "cost")
    speed = levels.estimates(rows, "capacity", "throughput")
    assert cost["b"].value / cost["a"].value == pytest.approx(1.03, abs=0.005)
    assert speed["a"].value / speed["c"].value == pytest.approx(2.0, abs=0.01)
    for estimate in (*cost.values(), *speed.values()):
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.high / estimate.low < 1.02


def test_a_slice_that_one_row_alone_was_hit_in_does_not_move_its_level() -> None:
    rows = noisy(1, {"a": 1.0, "b": 1.0}, rounds=1, noise=0.0)
    (hit,) = rows["b"]
    slices = hit.windows[0].slices
    assert slices
    walls = [10 * slices.wall[0], *slices.wall[1:]]
    rows["b"] = [record("b", 0, window("capacity", 5, walls))]
    found = levels.levels(rows, "capacity", "throughput")
    assert found["b"][0, 0] == pytest.approx(found["a"][0, 0])


@given(st.integers(0, 1000), st.floats(0.2, 5))
def test_a_row_that_is_dearer_by_a_factor_is_told_so_by_just_that_factor(seed: int, factor: float) -> None:
    rows = noisy(seed, {"a": 1.0, "b": 1.0, "c": 1.2}, rounds=1)
    (before,) = rows["b"]
    slices = before.windows[0].slices
    assert slices
    dearer = window("capacity", slices.order, [factor * wall for wall in slices.wall])
    after = {**rows, "b": [replace(before, windows=(dearer,))]}
    was, now = (levels.levels(each, "capacity", "throughput") for each in (rows, after))
    for other in "ac":
        was_apart, is_apart = (one[other][0, 0] / one["b"][0, 0] for one in (was, now))
        assert is_apart / was_apart == pytest.approx(factor)


def test_blocks_are_paired_by_order_and_a_row_without_slices_has_the_median_of_its_windows() -> None:
    rows = {
        "a": [record("a", 0, window("capacity", 1, [0.02, 0.02]), window("capacity", 2, [0.04, 0.04]))],
        "b": [record("b", 0, window("capacity", 1, [0.01, 0.01]), window("capacity", 2, [0.02, 0.02]))],
        "whole": [record("whole", 0, Window("capacity", "closed", 64, 0.0, 2.0, 4000, server_cpu=1.0))],
        "failed": [record("failed", 0, window("capacity", 1, [0.02, 0.02]), failure="it exited.")],
        "elsewhere": [record("elsewhere", 0, window("capacity-2", 1, [0.02, 0.02]))],
    }
    found = levels.levels(rows, "capacity", "throughput")
    assert set(found) == {"a", "b", "whole"}
    assert found["b"][0, 0] / found["a"][0, 0] == pytest.approx(2)
    assert found["whole"][0, 0] == 2000
    assert levels.levels(rows, "capacity", "cost") == {"whole": {(0, 0): 1.0 / 4000}}


@given(st.integers(0, 1000))
def test_a_row_that_sat_blocks_out_is_held_against_those_that_were_there(seed: int) -> None:
    rows = noisy(seed, {"a": 1.0, "b": 1.03, "c": 1.0, "slow": 30.0}, noise=0.001)
    for found in rows.values() if seed % 2 else [rows["slow"]]:
        for at, whole in enumerate(found):
            found[at] = sat_out(whole, Random(f"{seed} {whole.trial.server} {at}"))
    cost = levels.estimates(rows, "capacity", "cost")
    assert cost["slow"].value / cost["a"].value == pytest.approx(30, rel=0.004)
    assert cost["b"].value / cost["a"].value == pytest.approx(1.03, rel=0.004)


def sat_out(whole: Record, draw: Random) -> Record:
    """The record of a launch that had half of the blocks."""
    (had,) = whole.windows
    slices = had.slices
    assert slices
    blocks = sorted(draw.sample(range(len(slices.wall)), len(slices.wall) // 2))
    assert slices.server_cpu
    parts = ([values[block] for block in blocks] for values in (slices.wall, slices.server_cpu))
    fewer = window("capacity", slices.order, *parts)
    assert fewer.slices
    return replace(whole, windows=(replace(fewer, slices=replace(fewer.slices, blocks=tuple(blocks))),))


@given(st.integers(0, 1000))
def test_several_slices_of_a_block_count_as_one_in_the_middle_of_them(seed: int) -> None:
    draw = Random(seed)
    rows = noisy(seed, {"a": 1.0, "b": 1.03, "c": 2.0}, rounds=1)
    before = levels.levels(rows, "capacity", "throughput")
    (whole,) = rows["b"]
    slices = whole.windows[0].slices
    assert slices
    apart = [draw.uniform(0.5, 2.0) for _ in slices.wall]
    pairs = zip(slices.wall, apart, strict=True)
    twice = window("capacity", slices.order, [wall * each for wall, by in pairs for each in (by, 1 / by)])
    assert twice.slices
    blocks = tuple(block for block in slices.numbers for _ in range(2))
    rows["b"] = [replace(whole, windows=(replace(twice, slices=replace(twice.slices, blocks=blocks)),))]
    after = levels.levels(rows, "capacity", "throughput")
    assert [after[name][0, 0] for name in rows] == pytest.approx([before[name][0, 0] for name in rows])


def test_being_launched_early_or_late_changes_no_level() -> None:
    draw, steps = Random(4), {name: 1 + number / 10 for number, name in enumerate("abcdefghij")}
    rows: dict[str, list[Record]] = {name: [] for name in steps}
    for at in range(5):
        for position, name in enumerate(draw.sample(list(steps), len(steps))):
            walls = [0.02 * steps[name] * math.exp(-0.01 * position)] * 3
            whole = record(name, at, window("capacity", 5, walls))
            rows[name].append(replace(whole, trial=replace(whole.trial, position=position)))
    found = levels.levels(rows, "capacity", "throughput")
    for name, launches in found.items():
        assert [value / found["a"][at] for at, value in launches.items()] == pytest.approx([1 / steps[name]] * 5)


def test_groups_of_a_round_are_told_apart() -> None:
    rows = {
        "a": [record("a", 0, window("capacity", 1, [0.02])), record("a", 0, window("capacity", 2, [0.03]), group=1)]
    }
    assert set(levels.levels(rows, "capacity", "throughput")["a"]) == {(0, 0), (0, 1)}


def test_rows_are_ranked_by_the_first_closed_loads_with_and_without_a_core_for_the_driver() -> None:
    assert levels.ranking_loads(LOADS) == {"throughput": "capacity", "cost": "cost"}
    assert levels.ranking_loads(LOADS[1:]) == {"throughput": "capacity", "cost": "capacity"}
    assert levels.ranking_loads(LOADS[2:3]) == {}


def test_the_interval_of_rows_held_together_is_right_19_times_in_20() -> None:
    draw, hits, tries = Random(7), 0, 400
    for _ in range(tries):
        rows: dict[str, dict[int, float]] = {name: {} for name in "abcdef"}
        for at in range(5):
            day = draw.gauss(0, 0.2)
            for values in rows.values():
                values[at] = math.exp(day + draw.gauss(0, 0.02))
        # Their true places are the same: each is right when its interval holds the mean of all.
        found = stats.relative(rows)
        centre = math.exp(sum(math.log(value.value) for value in found.values()) / len(found))
        hits += (found["a"].low or 0) <= centre <= (found["a"].high or 0)
    assert 0.92 * tries <= hits <= 0.99 * tries


def test_one_row_alone_is_known_as_well_as_its_mean_and_one_round_has_no_interval() -> None:
    alone = stats.relative({"a": {0: 9.0, 1: 10.0, 2: 11.0}})["a"]
    assert alone == stats.estimate([9.0, 10.0, 11.0])
    once = stats.relative({"a": {0: 9.0}, "b": {0: 10.0}})["a"]
    assert (once.value, once.low) == (pytest.approx(9.0), None)


def test_rows_that_were_loaded_one_at_a_time_are_told_apart_by_the_round() -> None:
    """Drivers of others take whole windows, and each launch is then a group by itself, in an order drawn anew."""
    draw, steps = Random(2), {"a": 1.0, "b": 1.1, "c": 0.5}
    rows: dict[str, list[Record]] = {name: [] for name in steps}
    for at in range(5):
        day = draw.uniform(0.5, 2.0)
        for group, name in enumerate(draw.sample(list(steps), len(steps))):
            answers = round(10_000 * day * steps[name] * draw.gauss(1, 0.005))
            rows[name].append(record(name, at, Window("capacity", "closed", 64, 0.0, 1.0, answers), group=group))
    found = levels.estimates(rows, "capacity", "throughput")
    assert found["b"].value / found["a"].value == pytest.approx(1.1, abs=0.02)
    assert all(one.low and one.high and one.high / one.low < 1.05 for one in found.values())
    ranked = stats.ranks(levels.levels(rows, "capacity", "throughput"))
    assert ranked == {"b": (1, 1), "a": (2, 2), "c": (3, 3)}
