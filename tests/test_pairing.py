"""Launches that were up together are told apart by what they cost, whatever hit them all, or their places."""

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rounds import BLOCKS, a_round, made, window

from bench.contest import Entry
from bench.pairing import Metric, contrasts, log_ratio


def test_a_rounds_ratio_does_not_see_what_hits_all_launches_alike() -> None:
    draw = Random(1)
    bursts = [draw.expovariate(1) for _ in range(BLOCKS)]
    round_ = a_round(lambda build: Entry(build, window(2e-4 * (1.1 if build == "head" else 1), draw, None, bursts)))
    assert log_ratio(round_, "cpu") == pytest.approx(math.log(1.1), abs=0.03)
    assert all(abs(gap) < 0.06 for gap in contrasts(round_, "cpu"))


def test_one_slice_that_something_else_interrupted_moves_nothing() -> None:
    draw = Random(2)
    even = a_round(lambda build: Entry(build, window(2e-4, draw)))
    interrupted = Entry("head", window(2e-4, draw, None, [3.0] + [0.0] * (BLOCKS - 1)))
    assert abs(log_ratio(replace(even, there=(*even.there[:3], interrupted)), "cpu")) < 0.03


@given(seed=st.integers(), places=st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=4))
def test_what_a_place_in_the_order_of_launches_does_to_both_builds_moves_nothing(
    seed: int, places: list[float]
) -> None:
    even = made(Random(seed))
    uneven = replace(even, there=at(even.there, places), back=at(even.back, places))
    assert log_ratio(uneven, "cpu") == pytest.approx(log_ratio(even, "cpu"), abs=1e-9)
    assert contrasts(uneven, "cpu") == pytest.approx(contrasts(even, "cpu"), abs=1e-9)


def at(entries: Sequence[Entry], places: Sequence[float]) -> tuple[Entry, ...]:
    """The same launches, each dearer by what its place does."""
    return tuple(scaled(entry, math.exp(place)) for entry, place in zip(entries, places, strict=True))


@given(seed=st.integers(), factor=st.floats(0.5, 2), metric=st.sampled_from(["cpu", "total", "time"]))
def test_launches_that_are_dearer_by_a_factor_are_told_so_by_just_that_factor(
    seed: int, factor: float, metric: Metric
) -> None:
    before = made(Random(seed), scatter=0.1)
    after = replace(before, there=head_dearer(before.there, factor), back=head_dearer(before.back, factor))
    step = log_ratio(after, metric) - log_ratio(before, metric)
    assert step == pytest.approx(math.log(factor), abs=1e-9)


def head_dearer(entries: Sequence[Entry], factor: float) -> tuple[Entry, ...]:
    return tuple(scaled(entry, factor) if entry.build == "head" else entry for entry in entries)


def scaled(entry: Entry, factor: float) -> Entry:
    assert entry.slices
    slices = entry.slices.slices
    assert slices
    dearer = tuple(factor * spent for spent in slices.server_cpu or ())
    longer = tuple(factor * spent for spent in slices.wall)
    return replace(entry, slices=replace(entry.slices, slices=replace(slices, server_cpu=dearer, wall=longer)))
