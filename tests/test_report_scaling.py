"""The universal scalability law is found where it holds, and none is claimed where it does not."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bench.report.scaling import Law, law

LOADS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
TRUE = Law(alone=900.0, contention=0.06, coherence=2e-4, miss=0.0)
"""It peaks at 69 connections."""


def launches(true: Law, scatter: float, count: int = 3, seed: int = 5) -> list[dict[int, float]]:
    draw = Random(seed)
    return [{at: true.at(at) * draw.gauss(1, scatter) for at in LOADS} for _ in range(count)]


@given(some.floats(1, 1e5), some.floats(0, 0.9), some.floats(1e-6, 1e-2))
def test_without_scatter_the_law_itself_is_found(alone: float, contention: float, coherence: float) -> None:
    found = law(launches(Law(alone, contention, coherence, 0.0), 0.0))
    assert found
    assert found.miss < 1e-6
    assert [found.at(at) for at in LOADS] == pytest.approx(
        [Law(alone, contention, coherence, 0.0).at(at) for at in LOADS]
    )


def test_the_peak_has_an_interval_that_holds_the_truth() -> None:
    true = math.sqrt((1 - TRUE.contention) / TRUE.coherence)
    hits = 0
    for seed in range(60):
        found = law(launches(TRUE, 0.02, count=5, seed=seed))
        assert found
        assert found.peak
        assert found.peak.low
        assert found.peak.high
        hits += found.peak.low <= true <= found.peak.high
    assert hits >= 50


def test_a_throughput_that_rises_to_the_end_has_no_peak() -> None:
    found = law(launches(Law(900.0, 0.06, 0.0, 0.0), 0.01))
    assert found
    assert found.peak is None


def test_slots_that_are_simply_all_taken_follow_no_such_law() -> None:
    assert law([{at: 500.0 * min(at, 8) for at in LOADS} for _ in range(3)]) is None


@pytest.mark.parametrize(("loads", "count"), [(5, 3), (9, 2), (0, 3), (9, 0)])
def test_too_few_loads_or_launches_have_no_law(loads: int, count: int) -> None:
    assert law([{at: TRUE.at(at) for at in LOADS[:loads]} for _ in range(count)]) is None


def test_a_load_that_one_launch_lacks_counts_for_none() -> None:
    seen = launches(TRUE, 0.0)
    del seen[0][256], seen[0][128], seen[0][64]
    assert law(seen)
    del seen[1][1]
    assert law(seen) is None


def test_a_load_without_one_answer_has_no_law() -> None:
    assert law([{at: 0.0 if at == 256 else TRUE.at(at) for at in LOADS} for _ in range(3)]) is None
