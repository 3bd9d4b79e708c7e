"""Rows are told by what they scatter among those that share their rounds, and a wild one tells nobody of a round."""

import math
import statistics
from random import Random

import pytest

from bench.judgement import Estimate
from bench.stats import relative
from bench.stats.relative import beyond


def launched(draw: Random, scatters: list[float], rounds: int) -> tuple[dict[str, dict[int, float]], float]:
    """Rows that come to 1 in the mean but for their rounds, with so much scatter each; and what rounds came to."""
    weather = [draw.gauss(0, 0.2) for _ in range(rounds)]
    rows = {
        str(number): {at: math.exp(day + draw.gauss(0, scatter)) for at, day in enumerate(weather)}
        for number, scatter in enumerate(scatters)
    }
    return rows, math.exp(statistics.fmean(weather))


def reach(found: Estimate) -> float:
    assert found.high is not None
    return found.high / found.value - 1


@pytest.mark.parametrize("rounds", [3, 4, 8])
def test_a_row_that_scatters_far_more_than_the_others_does_not_widen_their_intervals(rounds: int) -> None:
    draw = Random(rounds)
    without, beside = [], []
    for _ in range(100):
        rows, _ = launched(draw, [0.03] * 12 + [1.0], rounds)
        beside.append(reach(relative(rows)["0"]))
        del rows["12"]
        without.append(reach(relative(rows)["0"]))
    assert statistics.median(beside) == pytest.approx(statistics.median(without), rel=0.05)


@pytest.mark.parametrize("rounds", [3, 5, 12])
def test_intervals_are_right_19_times_in_20_beside_a_row_that_scatters_far_more_and_so_is_its_own(rounds: int) -> None:
    draw, calm, wild, tries = Random(rounds), 0, 0, 1000
    for _ in range(tries):
        rows, truth = launched(draw, [0.03] * 7 + [0.5], rounds)
        found = relative(rows)
        calm += sum((found[name].low or 0) <= truth <= (found[name].high or 0) for name in "0123456")
        wild += (found["7"].low or 0) <= truth <= (found["7"].high or 0)
    assert 0.93 <= calm / tries / 7 <= 0.97
    assert 0.93 <= wild / tries <= 0.97


def test_intervals_of_rows_of_one_kind_are_right_19_times_in_20_though_one_always_scatters_most() -> None:
    draw, right, tries = Random(1), 0, 500
    for _ in range(tries):
        rows, truth = launched(draw, [0.03] * 16, 3)
        right += sum((found.low or 0) <= truth <= (found.high or 0) for found in relative(rows).values())
    assert 0.94 <= right / tries / 16 <= 0.96


@pytest.mark.parametrize(
    ("others", "rounds", "times"), [(3, 3, 2.0), (3, 10, 2.0), (7, 5, 1.4), (7, 3, 3.0), (15, 5, 2.0)]
)
def test_a_row_that_scatters_more_than_the_others_is_not_told_by_their_calm(
    others: int, rounds: int, times: float
) -> None:
    draw, right, tries = Random(f"{others} {rounds} {times}"), 0, 4000
    for _ in range(tries):
        rows, truth = launched(draw, [0.03 * times] + [0.03] * others, rounds)
        found = relative(rows)["0"]
        right += (found.low or 0) <= truth <= (found.high or 0)
    assert 0.93 <= right / tries <= 0.97


def test_rows_that_had_others_beside_them_once_or_never_have_no_interval() -> None:
    found = relative(
        {"a": {0: 1.0, 1: 1.1, 2: 1.2}, "b": {0: 1.0, 1: 1.2}, "c": {0: 1.1, 3: 1.0}, "d": {4: 1.0, 5: 1.3}}
    )
    assert {name for name, known in found.items() if known.low is None} == {"c", "d"}
    assert found["a"].low


@pytest.mark.parametrize("above", [1.9, 3.0, 7.5, 30.0])
@pytest.mark.parametrize("below", [5.0, 26.0, 450.0])
@pytest.mark.parametrize("share", [0.05, 0.001])
def test_a_ratio_of_variances_is_as_unlikely_as_scipy_says(above: float, below: float, share: float) -> None:
    from scipy import stats

    least = stats.f.isf(share, above, below)
    assert share / 2 <= stats.norm.sf(beyond(least, above, below)) <= 2 * share


def test_two_rows_of_which_one_is_wild_cannot_be_told_apart() -> None:
    rows, _ = launched(Random(3), [0.01, 0.5], 4)
    assert reach(relative(rows)["0"]) == pytest.approx(reach(relative(rows)["1"]))


def moved(draw: Random, shares: list[float], rounds: int) -> tuple[dict[str, dict[int, float]], list[float]]:
    """Rows that scatter by 3 % and feel so much each of what rounds do; and what is true of each in these rounds."""
    weather = [draw.gauss(0, 0.15) for _ in range(rounds)]
    rows = {
        str(number): {at: math.exp(share * day + draw.gauss(0, 0.03)) for at, day in enumerate(weather)}
        for number, share in enumerate(shares)
    }
    return rows, [math.exp(share * statistics.fmean(weather)) for share in shares]


def test_a_row_that_rounds_move_by_half_is_known_as_well_as_others_and_does_not_widen_them() -> None:
    draw, odd, usual, alike = Random(5), [], [], []
    for _ in range(50):
        found = relative(moved(draw, [1.0] * 15 + [0.5], 24)[0])
        odd.append(reach(found["15"]))
        usual += [reach(found[str(number)]) for number in range(15)]
        alike += [reach(known) for known in relative(moved(draw, [1.0] * 16, 24)[0]).values()]
    assert statistics.median(odd) == pytest.approx(statistics.median(alike), rel=0.1)
    assert statistics.median(usual) == pytest.approx(statistics.median(alike), rel=0.1)


@pytest.mark.parametrize("rounds", [4, 10, 24])
def test_intervals_are_right_19_times_in_20_or_more_of_rows_that_rounds_move_more_and_less(rounds: int) -> None:
    draw, tries = Random(rounds), 400
    shares, right = [1.0] * 12 + [0.55, 0.8, 1.2, 1.25], [0] * 16
    for _ in range(tries):
        rows, truths = moved(draw, shares, rounds)
        found = relative(rows)
        for number, truth in enumerate(truths):
            known = found[str(number)]
            right[number] += (known.low or 0) <= truth <= (known.high or 0)
    # In four rounds no line is sure, and what rounds do to four rows widens the intervals of all.
    assert 0.94 <= sum(right) / 16 / tries <= (0.97 if rounds > 4 else 1)
    assert min(right) / tries >= 0.91


def test_rows_are_where_they_were_though_they_are_told_by_lines() -> None:
    rows, _ = moved(Random(2), [1.0] * 5 + [0.2], 24)
    found = relative(rows)
    assert found["5"].value == pytest.approx(statistics.geometric_mean(rows["5"].values()))


def test_among_two_rows_nobody_can_tell_whom_rounds_move_more() -> None:
    rows, _ = moved(Random(3), [1.0, 0.2], 24)
    assert reach(relative(rows)["0"]) == pytest.approx(reach(relative(rows)["1"]))
