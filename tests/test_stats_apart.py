"""Distances between launches show what differs between them, and nothing of what befell them all."""

import math
import statistics
from random import Random

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import apart, interquartile_mean

Launches = list[dict[int, float]]


def made(seed: int, launches: int, blocks: int = 9) -> Launches:
    """Launches of which each has had its own, and at least the first, of these blocks."""
    draw = Random(seed)
    had = [{0, *draw.sample(range(blocks), draw.randint(1, blocks))} for _ in range(launches)]
    return [{block: draw.gauss(0, 1) for block in sorted(each)} for each in had]


@given(st.integers(), st.integers(1, 6), st.floats(-5, 5))
def test_a_launch_that_differs_from_what_it_was_is_told_so_by_just_that(seed: int, count: int, step: float) -> None:
    launches = made(seed, count)
    before = apart(launches)
    after = apart([{block: value + step for block, value in launches[0].items()}, *launches[1:]])
    for was, now in zip(before[1:], after[1:], strict=True):
        assert (after[0] - now) - (before[0] - was) == pytest.approx(step)
    assert math.fsum(after) == pytest.approx(0, abs=1e-9)


@given(st.integers(), st.integers(2, 6))
def test_what_befell_a_whole_block_is_seen_by_nobody(seed: int, count: int) -> None:
    launches, draw = made(seed, count), Random(seed)
    weather = [draw.uniform(-3, 3) for _ in range(9)]
    hit = [{block: value + weather[block] for block, value in each.items()} for each in launches]
    assert apart(hit) == pytest.approx(apart(launches))


def test_what_befell_one_slice_alone_moves_nothing() -> None:
    even = dict.fromkeys(range(5), 1.0)
    assert apart([even, {**even, 2: 50.0}, {**even, 4: -50.0}]) == [0.0, 0.0, 0.0]


def test_two_launches_lie_apart_as_their_differences_do_in_the_middle() -> None:
    ours, theirs = {0: 1.0, 1: 5.0, 2: 2.0, 3: 9.0}, {0: 0.5, 1: 1.0, 2: 1.0, 7: 70.0}
    one, other = apart([ours, theirs])
    assert one - other == statistics.median([0.5, 4.0, 1.0])
    one, other = apart([ours, theirs], statistics.fmean)
    assert one - other == pytest.approx(5.5 / 3)


def test_launches_without_a_common_block_are_told_by_themselves() -> None:
    assert apart([{0: 1.0, 1: 3.0}, {2: 8.0}]) == [-3.0, 3.0]


def test_nobody_lies_apart_from_nothing() -> None:
    assert apart([]) == []
    assert apart([{0: 4.0}]) == [0.0]


VALUES = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40)


@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=40).map(lambda values: values[: len(values) // 4 * 4]))
def test_the_mean_of_the_middle_half_is_scipy_s_where_quarters_are_whole(values: list[float]) -> None:
    assert interquartile_mean(values) == pytest.approx(float(scipy.stats.trim_mean(values, 0.25)), abs=1e-9)


def test_values_that_are_in_the_middle_half_by_a_part_count_by_that_part() -> None:
    assert interquartile_mean([7.0]) == 7.0
    assert interquartile_mean([3.0, 1.0]) == 2.0
    assert interquartile_mean([6.0, 1.0, 2.0]) == (0.25 * 1 + 2 + 0.25 * 6) / 1.5
    assert interquartile_mean([9.0, 1.0, 2.0, 3.0, 60.0]) == (0.75 * 2 + 3 + 0.75 * 9) / 2.5


@given(VALUES, st.floats(-1e3, 1e3))
def test_the_mean_of_the_middle_half_moves_with_the_values_and_lies_among_them(values: list[float], by: float) -> None:
    found = interquartile_mean(values)
    assert min(values) - 1e-9 <= found <= max(values) + 1e-9
    assert interquartile_mean([value + by for value in values]) == pytest.approx(found + by, abs=1e-6)


@given(VALUES, st.data())
def test_less_than_a_quarter_that_was_hit_leaves_the_middle_half_among_the_others(
    values: list[float], data: st.DataObject
) -> None:
    hit = data.draw(st.integers(0, (len(values) - 1) // 4))
    found = interquartile_mean([*values[hit:], *[1e9] * hit])
    assert min(values[hit:]) - 1e-9 <= found <= max(values[hit:]) + 1e-9
