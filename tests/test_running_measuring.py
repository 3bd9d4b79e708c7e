"""Warming up ends where responses get no cheaper, whatever the machine does to all of them."""

from hypothesis import given
from hypothesis import strategies as st

from bench.running.measuring import settled

COSTS = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(1e-4, 1e-2), min_size=1)


@given(COSTS, st.floats(0.96, 3.0))
def test_all_are_settled_where_all_have_changed_alike_but_not_to_less(before: dict[str, float], by: float) -> None:
    assert settled(before, {name: by * cost for name, cost in before.items()}) == before.keys()


@given(COSTS, st.floats(0.1, 0.94))
def test_nobody_is_settled_where_all_become_cheaper(before: dict[str, float], by: float) -> None:
    assert settled(before, {name: by * cost for name, cost in before.items()}) == set()


def test_one_that_becomes_cheaper_beside_the_others_still_warms_up() -> None:
    before = {"a": 1.0, "b": 2.0, "c": 3.0}
    assert settled(before, {"a": 1.1, "b": 2.2, "c": 3.0}) == {"a", "b"}


def test_one_that_becomes_dearer_does_not_warm_up() -> None:
    before = {"a": 1.0, "b": 2.0, "c": 3.0}
    assert settled(before, {"a": 1.0, "b": 2.0, "c": 3.6}) == {"a", "b", "c"}


def test_nobody_is_settled_after_the_first_time() -> None:
    assert settled({}, {"a": 1.0}) == set()


def test_one_that_was_not_there_both_times_is_not_settled() -> None:
    assert settled({"a": 1.0, "gone": 1.0}, {"a": 1.0, "new": 1.0}) == {"a"}
