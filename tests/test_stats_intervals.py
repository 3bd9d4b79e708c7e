"""Intervals hold the truth as often as they say, under the scatter that real launches and slices show."""

import math
from collections.abc import Sequence
from random import Random
from statistics import fmean, median

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats as reference

from bench.histogram import Histogram
from bench.stats import estimate, hierarchical, quantile

Slices = list[float]
TRUTH = 200e-6


def launches(draw: Random, count: int, scatter: float, slices: int = 10, noise: float = 0.05) -> list[Slices]:
    """CPU seconds per response of each launch's slices: the launch's own luck, and noise that lasts for some slices."""
    found = []
    for _ in range(count):
        luck, now = draw.gauss(0, scatter), draw.gauss(0, noise)
        slow = []
        for _ in range(slices):
            now = 0.7 * now + draw.gauss(0, noise * math.sqrt(1 - 0.7**2))
            slow.append(TRUTH * math.exp(luck + now))
        found.append(slow)
    return found


def latencies(draw: numpy.random.Generator, count: int, scatter: float, responses: int = 100) -> list[Histogram]:
    """Histograms of launches whose latencies are 1 ms by their luck, spread by half of that."""
    drawn = draw.lognormal(math.log(1000) + draw.normal(0, scatter, (count, 1)), 0.5, (count, responses))
    return [Histogram.of((int(time), 1) for time in launch) for launch in drawn.round()]


@pytest.mark.parametrize("rounds", [3, 5, 10])
@pytest.mark.parametrize("scatter", [0.013, 0.03])
def test_intervals_over_launches_hold_the_truth_in_95_of_100_runs(rounds: int, scatter: float) -> None:
    draw = Random(f"{rounds} {scatter}")
    held = 0
    for _ in range(1500):
        found = estimate([median(slices) for slices in launches(draw, rounds, scatter)])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= TRUTH <= found.high
    assert 0.93 <= held / 1500 <= 0.97


@pytest.mark.parametrize("rounds", [3, 5, 10])
def test_redrawn_launches_hold_the_truth_in_95_of_100_runs(rounds: int) -> None:
    draw = Random(rounds)
    held = 0
    for _ in range(800):
        found = hierarchical(launches(draw, rounds, 0.03), fmean, draws=150)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= TRUTH * math.exp(0.05**2 / 2 + 0.03**2 / 2) <= found.high
    assert 0.93 <= held / 800 <= 0.97


@pytest.mark.parametrize("rounds", [3, 5])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_intervals_of_quantiles_hold_the_truth_in_95_of_100_runs(rounds: int, share: float) -> None:
    draw = numpy.random.default_rng([rounds, round(10 * share)])
    truth = 1e-3 * math.exp(math.hypot(0.5, 0.03) * reference.norm.ppf(share))
    held = 0
    for _ in range(800):
        found = quantile(latencies(draw, rounds, 0.03), share)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 800 <= 0.97


def test_redrawing_launches_of_a_mean_comes_to_students_interval() -> None:
    seen = launches(Random(1), 5, 0.03)
    redrawn, plain = hierarchical(seen, fmean, draws=5000), estimate([fmean(slices) for slices in seen])
    assert redrawn.value == pytest.approx(plain.value)
    assert redrawn.low == pytest.approx(plain.low, rel=0.01)
    assert redrawn.high == pytest.approx(plain.high, rel=0.01)


def test_a_ratio_of_sums_has_an_interval_too() -> None:
    def cost(slices: Sequence[tuple[float, int]]) -> float:
        return sum(spent for spent, _ in slices) / sum(responses for _, responses in slices)

    seen = [[(0.02, 100), (0.04, 200)], [(0.021, 100)], [(0.019, 100), (0.019, 100)]]
    found = hierarchical(seen, cost)
    assert found.value == pytest.approx(0.119 / 600)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert hierarchical(seen, cost) == found


def test_one_launch_gives_no_interval_however_many_blocks_it_has() -> None:
    assert hierarchical([[1.0, 2.0, 3.0]], fmean).low is None
    told = quantile([Histogram.of([(1000, 500), (3000, 500)])], 0.5)
    assert told is not None
    assert told.low is None


def test_no_launch_is_nothing_to_estimate_from() -> None:
    with pytest.raises(ValueError, match="no launch"):
        hierarchical([], fmean)
    assert quantile([], 0.5) is None
    assert quantile([Histogram()], 0.5) is None


@given(some.lists(some.integers(1, 10**6), min_size=1, max_size=30), some.sampled_from([0.0, 0.5, 0.99, 1.0]))
def test_launches_that_agree_leave_no_doubt_on_a_quantile(times: list[int], share: float) -> None:
    one = Histogram.of((time, 3) for time in times)
    found = quantile([one, one, one], share)
    assert found is not None
    assert found.value == one.quantile(share)
    assert (found.low, found.high) == pytest.approx((found.value, found.value))
