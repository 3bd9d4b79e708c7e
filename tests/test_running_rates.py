"""Rates follow from capacities, the same for all rows where they are to be compared."""

import pytest

from bench.model import Load, Window
from bench.running import rates

HALF = Load("half", duration=0.3, share=0.5)
COMMON = Load("common", duration=0.3, share=0.5, share_of="slowest")


def window(load: str, responses: int, **more: object) -> Window:
    return Window(load, "closed", 64, 0.0, 1.0, responses, **more)  # type: ignore[arg-type]


def test_capacity_is_the_median_of_the_first_closed_load_with_a_core_for_the_driver() -> None:
    loads = (Load("cost", shared=True), Load("capacity"), HALF, Load("capacity-2"))
    assert rates.capacity_load(loads) == "capacity"
    windows = [window("cost", 1), window("capacity", 100), window("capacity", 300), window("capacity", 200)]
    assert rates.capacity(windows, "capacity") == 200
    assert rates.capacity(windows, "capacity-2") is None


def test_a_row_far_behind_neither_slows_all_others_nor_is_asked_for_more_than_it_can() -> None:
    common = rates.Common({"a": 5000.0, "b": 3000.0, "c": 4000.0, "cgi": 30.0})
    assert common.slowest("a", 5000) == 3000
    assert common.slowest("cgi", 30) is None
    # a bad moment in a later round makes no difference
    assert common.slowest("b", 100) == 3000
    # a row that failed in the first round
    assert common.slowest("late", 4500) == 3000
    assert common.slowest("late", 20) is None
    assert rates.Common({}).slowest("a", 5000) is None
    load = rates.with_rate(COMMON, 5000, 3000, 3)
    assert load
    assert load.rate == 1500


def test_low_rates_last_longer_so_that_all_launches_together_have_enough_answers() -> None:
    for own, seconds in ((20000, 0.3), (1000, 1000 / 500 / 3), (10, 3.0)):
        load = rates.with_rate(HALF, own, None, 3)
        assert load
        assert load.duration == pytest.approx(seconds)


def test_a_rate_that_cannot_be_known_leaves_the_load_out() -> None:
    assert rates.with_rate(HALF, None, 100, 3) is None
    assert rates.with_rate(COMMON, 100, None, 3) is None
    closed = Load("capacity-2")
    assert rates.with_rate(closed, None, None, 3) is closed
    fixed = rates.with_rate(Load("fixed", rate=5000.0), None, None, 3)
    assert fixed
    assert fixed.rate == 5000


def test_wrong_answers_beyond_one_in_a_thousand_are_faulty() -> None:
    assert not rates.faulty([window("capacity", 1000, errors={"reset": 1})])
    assert rates.faulty([window("capacity", 1000, errors={"reset": 2})])
