"""Ratios, randomisation tests and their power: checked against SciPy, and by counting false and missed alarms."""

import math
from collections.abc import Sequence
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats as reference

from bench.stats import (
    detectable,
    paired_ratio,
    relabelled,
    rounds_needed,
    unpaired_ratio,
)


def flipped(ratios: Sequence[float]) -> float:
    """One launch a side, in rounds of these log-ratios: to name them otherwise is to flip signs."""
    return relabelled([([ratio], [0.0]) for ratio in ratios])


@given(some.lists(some.integers(-50, 50), min_size=2, max_size=9))
def test_flipping_signs_counts_what_scipy_counts(hundredths: list[int]) -> None:
    ratios = [step / 100 for step in hundredths]
    told = reference.permutation_test(
        (ratios,), lambda sample: sum(sample), permutation_type="samples", alternative="greater", vectorized=False
    )
    by_hand = sum(
        sum(sign * step for sign, step in zip(signs, hundredths, strict=True)) >= sum(hundredths)
        for signs in product((1, -1), repeat=len(hundredths))
    )
    assert flipped(ratios) == pytest.approx(by_hand / 2 ** len(ratios))
    assert flipped(ratios) == pytest.approx(told.pvalue)


def test_giving_names_anew_counts_what_scipy_counts() -> None:
    head, base = (1.2, 1.4), (1.1, 1.3, 0.9)
    told = reference.permutation_test(
        (head, base), lambda one, other: one.mean() - other.mean(), alternative="greater", vectorized=False
    )
    assert relabelled([(head, base)]) == pytest.approx(told.pvalue)


def test_darwins_maize_has_fishers_error_rate() -> None:
    """Fisher 1935, section 21: 15 pairs of plants; 863 of 32,768 assignments reach their 314 eighths of an inch."""
    eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    assert flipped(eighths) * 2**15 == pytest.approx(863)


def test_the_least_error_rate_is_one_assignment_of_all() -> None:
    assert flipped([0.02] * 10) == 2**-10
    assert relabelled([((0.2, 0.21), (0.1, 0.11))] * 4) == 6**-4


def test_what_cannot_be_written_out_is_sampled_and_never_0() -> None:
    draw = Random(1)
    ratios = [draw.gauss(0.005, 0.02) for _ in range(44)]
    sampled, normal = flipped(ratios), reference.ttest_1samp(ratios, 0, alternative="greater").pvalue
    assert sampled == pytest.approx(normal, rel=0.15)
    assert flipped([0.1] * 60) == pytest.approx(1 / 200_001)


@pytest.mark.parametrize("rounds", [10, 14])
def test_identical_code_alarms_no_more_often_than_was_said(rounds: int) -> None:
    """Noise that no test may assume away: heavy tails, and a scatter that drifts by a factor of ten."""
    draw = Random(f"{rounds} rounds")
    alarms = sum(
        flipped([draw.choice((-1, 1)) * 10 ** (at / rounds) * draw.expovariate(1) ** 2 for at in range(rounds)]) <= 0.05
        for _ in range(4000)
    )
    assert 0.04 < alarms / 4000 < 0.06


@pytest.mark.parametrize("rounds", [8, 12])
def test_the_detectable_slowdown_is_found_as_often_as_said(rounds: int) -> None:
    draw = Random(rounds)
    least = detectable(0.015, rounds, alpha=0.05)
    assert least is not None
    true = math.log1p(least)
    found = sum(flipped([draw.gauss(true, 0.015) for _ in range(rounds)]) <= 0.05 for _ in range(1000))
    assert 0.93 < found / 1000 < 0.97


def test_two_launches_a_side_find_what_one_would_find_in_twice_the_rounds() -> None:
    draw = Random(9)
    least = detectable(0.015, 16)
    assert least is not None

    def pair(step: float) -> tuple[float, float]:
        return (draw.gauss(step, 0.015 / math.sqrt(2)), draw.gauss(step, 0.015 / math.sqrt(2)))

    found = sum(relabelled([(pair(math.log1p(least)), pair(0)) for _ in range(8)]) <= 0.001 for _ in range(300))
    assert found / 300 > 0.93


def test_the_detectable_slowdown_is_that_of_the_t_test() -> None:
    for rounds, scatter in ((2, 0.001), (10, 0.015), (50, 0.03)):
        least = detectable(scatter, rounds)
        assert least is not None
        shift = math.log1p(least) * math.sqrt(rounds) / scatter
        threshold = reference.t.ppf(0.999, rounds - 1)
        assert reference.nct.sf(threshold, rounds - 1, shift) == pytest.approx(0.95, abs=1e-3)


def test_one_round_detects_nothing() -> None:
    assert detectable(0.01, 1) is None


@settings(max_examples=30)
@given(some.floats(0.001, 0.05), some.floats(0.005, 0.1))
def test_the_rounds_needed_are_the_fewest_that_suffice(scatter: float, effect: float) -> None:
    rounds = rounds_needed(scatter, effect)
    assert rounds is not None
    assert (detectable(scatter, rounds) or 1) <= effect
    assert rounds == 2 or (detectable(scatter, rounds - 1) or 1) > effect


def test_what_no_number_of_rounds_finds_is_said() -> None:
    assert rounds_needed(1.0, 0.001) is None
    with pytest.raises(ValueError, match="none that could be found"):
        rounds_needed(0.01, 0.0)


def test_a_paired_ratio_has_scipys_interval() -> None:
    logs = [0.02, 0.035, 0.01, 0.028]
    found = paired_ratio(logs)
    told = reference.ttest_1samp(logs, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((math.exp(told.low), math.exp(told.high)))


def test_an_unpaired_ratio_has_welchs_interval() -> None:
    ours, theirs = [110.0, 104.0, 118.0], [101.0, 99.0, 100.0, 102.0, 97.0]
    found = unpaired_ratio(ours, theirs)
    told = reference.ttest_ind(
        [math.log(value) for value in ours], [math.log(value) for value in theirs], equal_var=False
    ).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((math.exp(told.low), math.exp(told.high)))


def test_ratios_of_single_launches_have_no_interval() -> None:
    assert paired_ratio([0.1]).low is None
    assert unpaired_ratio([2.0], [1.0, 1.1]).low is None
    assert unpaired_ratio([2.0, 2.0], [1.0, 1.0]).low == 2.0


@pytest.mark.parametrize("test", [relabelled, paired_ratio])
def test_no_rounds_are_nothing_to_decide_on(test: object) -> None:
    with pytest.raises(ValueError, match="no round"):
        test([])  # type: ignore[operator]
    with pytest.raises(ValueError, match="no launch"):
        unpaired_ratio([], [1.0])
    with pytest.raises(ValueError, match="either side"):
        relabelled([((), (1.0,))])
