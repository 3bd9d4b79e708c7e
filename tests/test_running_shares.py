"""Rows that are known worst have several slices in a block, those that are known well one, as before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.judgement import Estimate
from bench.levels import Figure
from bench.model import Load
from bench.running.precision import Standing
from bench.running.shares import shares

COST, CAPACITY, HALF = Load("cost", slice=0.004, shared=True), Load("capacity", slice=0.01), Load("half", share=0.5)
LOADS = (COST, CAPACITY, HALF)


def reached(figures: dict[Figure, dict[str, float | None]], rounds: int = 3) -> Standing:
    """Rows whose intervals reach so far."""
    rows: dict[str, dict[Figure, Estimate]] = {}
    for figure, reaches in figures.items():
        for name, far in reaches.items():
            known = Estimate(8.0) if far is None else Estimate(8.0, 8.0 / (1 + far), 8.0 * (1 + far))
            rows.setdefault(name, {})[figure] = known
    return Standing(rounds - 1, rows, 0.02)


def test_slices_go_by_variance_three_at_most() -> None:
    reaches = {"calm": 0.01, "usual": 0.02, "other": 0.02, "wide": 0.028, "wild": 0.09}
    found = reached({"cost": {**reaches}}, rounds=20)
    assert shares(found, LOADS, COST) == {"calm": 1, "usual": 1, "other": 1, "wide": 2, "wild": 3}


def test_what_few_launches_say_of_a_rows_scatter_counts_less() -> None:
    wide = {"usual": 0.02, "other": 0.02, "wide": 0.028}
    assert [shares(reached({"cost": {**wide}}, rounds), LOADS, COST)["wide"] for rounds in (3, 5, 20)] == [1, 2, 2]


def test_each_load_goes_by_the_figure_that_is_told_from_it() -> None:
    found = reached({"cost": {"a": 0.03, "b": 0.01, "c": 0.01}, "throughput": {"a": 0.01, "b": 0.03, "c": 0.01}})
    assert shares(found, LOADS, COST) == {"a": 3, "b": 1, "c": 1}
    assert shares(found, LOADS, CAPACITY) == {"a": 1, "b": 3, "c": 1}
    assert shares(found, LOADS, HALF) == {}
    assert shares(found, LOADS[1:], CAPACITY) == {"a": 3, "b": 3, "c": 1}


@pytest.mark.parametrize("rounds", [1, 2])
def test_everybody_has_one_before_there_are_rounds_to_tell_from(rounds: int) -> None:
    found = {"a": 0.01, "b": 0.01, "c": 0.5}
    assert shares(reached({"cost": {**found}}, rounds), LOADS, COST) == {}
    assert shares(None, LOADS, COST) == {}


def test_a_row_without_an_interval_or_without_scatter_is_not_named() -> None:
    found = reached({"cost": {"unknown": None, "exact": 0.0, "a": 0.01}})
    assert shares(found, LOADS, COST) == {"a": 1}
    assert shares(reached({"cost": {"unknown": None}}), LOADS, COST) == {}
    assert shares(reached({}), LOADS, COST) == {}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.floats(1e-4, 1.0), min_size=1), st.floats(0.1, 10))
def test_shares_do_not_depend_on_how_much_is_known_of_all_and_nobody_has_less_than_one(
    reaches: dict[str, float], by: float
) -> None:
    found = shares(reached({"cost": {**reaches}}), LOADS, COST)
    assert found.keys() == reaches.keys()
    assert all(1 <= share <= 3 for share in found.values())
    assert all(found[one] <= found[other] for one in found for other in found if reaches[one] <= reaches[other])
    # Where one is between two shares, rounding may go either way.
    narrower = shares(reached({"cost": {name: by * reach for name, reach in reaches.items()}}), LOADS, COST)
    assert all(abs(share - narrower[name]) <= 1 for name, share in found.items())
