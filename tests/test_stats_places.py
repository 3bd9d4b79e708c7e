"""What a place in the order of launches does is told from many orders, and taken off; nothing else is."""

import math
from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import stats
from bench.stats.places import Launches, slope

STEP = -0.003


def measured(
    draw: Random, rows: Mapping[str, float], rounds: int, step: float = STEP, noise: float = 0.0
) -> list[Launches]:
    """Rows of these values in orders drawn anew, on a machine that is faster or slower from round to round."""
    found = []
    for _ in range(rounds):
        day = draw.gauss(0, 0.2)
        order = enumerate(draw.sample(list(rows), len(rows)))
        found.append({one: (at, rows[one] * math.exp(day + step * at + draw.gauss(0, noise))) for at, one in order})
    return found


def by_row(rounds: Sequence[Mapping[str, float]]) -> dict[str, dict[int, float]]:
    rows: dict[str, dict[int, float]] = {}
    for at, launches in enumerate(rounds):
        for name, value in launches.items():
            rows.setdefault(name, {})[at] = value
    return rows


def values(seed: int, rows: int) -> dict[str, float]:
    draw = Random(seed)
    return {f"row {number}": draw.uniform(0.1, 10) for number in range(rows)}


@given(st.integers(0, 1000), st.integers(8, 16), st.floats(-0.05, 0.05))
def test_what_places_do_is_gone_to_the_last_digit(seed: int, rows: int, step: float) -> None:
    true, draw = values(seed, rows), Random(seed)
    rounds = measured(draw, true, 12, step)
    # Some launches fail, and keep their place.
    fewer = [{name: each[name] for name in each if draw.random() > 0.1 or name == "row 0"} for each in rounds]
    for each in (rounds, fewer):
        for found in stats.placeless(each):
            ratios = {name: value / found["row 0"] for name, value in found.items()}
            assert ratios == pytest.approx({name: true[name] / true["row 0"] for name in found})


def test_a_launch_in_the_middle_is_left_as_it_is() -> None:
    rounds = measured(Random(3), values(1, 17), 3)
    for before, after in zip(rounds, stats.placeless(rounds), strict=True):
        (middle,) = (name for name, (place, _) in before.items() if place == 8)
        assert after[middle] == pytest.approx(before[middle][1])


@given(st.integers(0, 1000))
def test_a_row_that_is_another_at_each_launch_does_not_move_the_others(seed: int) -> None:
    draw = Random(seed)
    rounds = measured(draw, values(seed, 16), 4, noise=0.002)
    wild = [{**each, "row 0": (each["row 0"][0], each["row 0"][1] * draw.uniform(0.3, 3))} for each in rounds]
    assert slope(wild) == pytest.approx(STEP, abs=0.001)


@pytest.mark.parametrize(("rows", "rounds"), [(16, 1), (16, 2), (2, 20), (1, 100), (0, 0)])
def test_too_few_launches_tell_nothing_and_are_left_as_they_are(rows: int, rounds: int) -> None:
    found = measured(Random(5), values(5, rows), rounds)
    assert stats.placeless(found) == [
        {name: pytest.approx(value) for name, (_, value) in each.items()} for each in found
    ]


def test_one_order_alone_tells_nothing() -> None:
    found = [{name: (place, 1.0 + place) for place, name in enumerate("abcdefghij")} for _ in range(10)]
    assert stats.placeless(found) == [{name: 1.0 + place for name, (place, _) in each.items()} for each in found]


@pytest.mark.parametrize("step", [0.0, 10 * STEP])
def test_intervals_without_places_are_right_19_times_in_20_and_narrower(step: float) -> None:
    draw, hits, tries = Random(11), 0, 200
    before: list[float] = []
    after: list[float] = []
    true = dict.fromkeys(map(str, range(16)), 1.0)
    for _ in range(tries):
        rounds = measured(draw, true, 6, step, noise=0.02)
        as_it_is = stats.relative(by_row([{one: value for one, (_, value) in each.items()} for each in rounds]))
        found = stats.relative(by_row(stats.placeless(rounds)))
        centre = math.exp(sum(math.log(one.value) for one in found.values()) / len(found))
        hits += sum((one.low or 0) <= centre <= (one.high or 0) for one in found.values())
        for known, reach in ((as_it_is, before), (found, after)):
            reach.append(sum((one.high or 0) / one.value for one in known.values()) / len(known) - 1)
    assert 0.93 <= hits / tries / len(true) <= 0.97
    assert step == 0.0 or sum(after) < sum(before) / 2
