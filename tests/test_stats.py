"""Intervals and ranks: checked against SciPy, and by counting how often they are right."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats as reference

from bench.stats import estimate, ranks, student

positive = some.floats(1e-6, 1e9)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 29, 30, 200])
@pytest.mark.parametrize("share", [0.6, 0.9, 0.975, 0.9998, 1 - 1e-6])
def test_students_quantiles_are_scipys(share: float, freedom: int) -> None:
    assert student(share, freedom) == pytest.approx(reference.t.ppf(share, freedom), rel=1e-8)


@given(some.lists(positive, min_size=2, max_size=8))
def test_the_interval_is_scipys_where_it_does_not_reach_below_zero(values: list[float]) -> None:
    found = estimate(values)
    error = reference.sem(values)
    assert found.value == pytest.approx(sum(values) / len(values))
    if error > 0:
        low, high = reference.t.interval(0.95, len(values) - 1, loc=found.value, scale=error)
        assert (found.low, found.high) == pytest.approx((max(low, 0), high), rel=1e-6)


def test_one_launch_gives_a_number_without_an_interval() -> None:
    found = estimate([3.0])
    assert (found.value, found.low, found.high) == (3.0, None, None)


def test_no_launch_gives_nothing_to_estimate() -> None:
    with pytest.raises(ValueError, match="no round"):
        estimate([])


@pytest.mark.parametrize("launches", [3, 5, 10])
def test_intervals_hold_the_truth_in_95_of_100_runs(launches: int) -> None:
    draw = Random(launches)
    runs = 4000
    held = 0
    for _ in range(runs):
        found = estimate([1000 * math.exp(draw.gauss(0, 0.03)) for _ in range(launches)])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 1000 * math.exp(0.03**2 / 2) <= found.high
    assert 0.94 < held / runs < 0.96


def launched(draw: Random, speeds: dict[str, float], rounds: int, scatter: float) -> dict[str, dict[int, float]]:
    """Each row's figure in each round; rounds have ups and downs that all rows share."""
    weather = [draw.gauss(0, 0.1) for _ in range(rounds)]
    return {
        name: {at: speed * math.exp(weather[at] + draw.gauss(0, scatter)) for at in range(rounds)}
        for name, speed in speeds.items()
    }


def test_rows_far_apart_are_ranked_one_by_one() -> None:
    seen = launched(Random(1), {"a": 900.0, "b": 300.0, "c": 100.0}, 3, 0.03)
    assert ranks(seen) == {"a": (1, 1), "b": (2, 2), "c": (3, 3)}
    assert ranks(seen, most_first=False) == {"a": (3, 3), "b": (2, 2), "c": (1, 1)}


def test_what_all_rows_share_in_a_round_does_not_hide_their_order() -> None:
    seen = {"a": {0: 100.0, 1: 200.0, 2: 400.0}, "b": {0: 91.0, 1: 180.0, 2: 362.0}}
    assert ranks(seen) == {"a": (1, 1), "b": (2, 2)}


def test_twins_share_their_place() -> None:
    seen = launched(Random(2), {"a": 900.0, "twin": 900.0, "c": 100.0}, 3, 0.03)
    assert ranks(seen) == {"a": (1, 2), "twin": (1, 2), "c": (3, 3)}


@pytest.mark.parametrize("rows", [1, 2, 16])
def test_one_round_makes_no_order_certain(rows: int) -> None:
    seen = {f"row-{at}": {0: float(10**at)} for at in range(rows)}
    assert set(ranks(seen).values()) == {(1, rows)}


def test_a_row_that_jumps_about_is_not_ranked_by_the_calm_of_the_others() -> None:
    calm = launched(Random(3), {f"row-{at}": 100.0 * 2**at for at in range(8)}, 5, 0.005)
    placed = ranks(calm | {"wild": {0: 60.0, 1: 150.0, 2: 90.0, 3: 300.0, 4: 110.0}})
    assert placed["row-7"] == (1, 1)
    assert placed["wild"][1] - placed["wild"][0] >= 1


def test_rows_that_missed_a_round_are_ranked_all_the_same() -> None:
    seen = launched(Random(4), {"a": 900.0, "b": 300.0, "c": 100.0}, 4, 0.02)
    del seen["b"][1]
    assert ranks(seen) == {"a": (1, 1), "b": (2, 2), "c": (3, 3)}


@pytest.mark.parametrize("scatters", [(0.03,) * 8, (0.005,) * 4 + (0.06,) * 4])
def test_equal_rows_are_told_apart_in_at_most_5_of_100_runs(scatters: tuple[float, ...]) -> None:
    draw = Random(5)
    runs = 400
    wrong = 0
    for _ in range(runs):
        seen = {
            f"row-{at}": {turn: math.exp(draw.gauss(0, scatter)) for turn in range(3)}
            for at, scatter in enumerate(scatters)
        }
        wrong += set(ranks(seen).values()) != {(1, len(scatters))}
    assert wrong / runs <= 0.07


@given(
    some.dictionaries(some.text(max_size=3), some.dictionaries(some.integers(0, 3), positive, min_size=1), max_size=6)
)
def test_places_are_always_possible(seen: dict[str, dict[int, float]]) -> None:
    placed = ranks(seen)
    assert placed.keys() == seen.keys()
    assert all(1 <= low <= high <= len(seen) for low, high in placed.values())
    assert not seen or min(low for low, _ in placed.values()) == 1
