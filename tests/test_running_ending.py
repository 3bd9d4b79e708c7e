"""A run ends when rows are precise or the time is over, and knows how long another round would be."""

from dataclasses import replace

import pytest
import synthetic

from bench.judgement import Estimate
from bench.model import Load, Record, Run, Trial, Window
from bench.running import ending
from bench.running.precision import Standing

LOADS = (
    Load("cost", slice=0.02),
    *(Load(name, rate=10.0) for name in ("half", "heavy", "common")),
)
RUN = replace(synthetic.run(loads=LOADS), rounds=None, precision=0.02, max_time=330.0)


def round_of(at: int, *loads: str) -> Record:
    windows = (Window("cost", "closed", 4, 0.0, 8.0, 1), *(Window(name, "open", 4, 0.0, 10.0, 1) for name in loads))
    return Record(Trial("waitress", at, 0, 1), 0.0, windows=windows)


FIRST = [round_of(at, "half", "heavy", "common") for at in range(3)]


def after(rounds: int, reach: float = 0.1) -> Standing:
    estimate = Estimate(100.0, 100 - 100 * reach, 100 + 100 * reach)
    return Standing(rounds - 1, {"waitress": {"cost": estimate}}, 0.02)


def test_a_round_with_one_load_of_the_open_model_is_shorter_than_those_with_all() -> None:
    # Each round so far took 60 seconds, 30 of them for three loads, of which the next has one.
    assert ending.next_round(RUN, FIRST, 180.0) == pytest.approx(40.0)
    assert ending.next_round(RUN, [*FIRST, round_of(3, "half")], 220.0) == pytest.approx(40.0)
    assert ending.next_round(RUN, FIRST[:1], 60.0) == pytest.approx(60.0)
    assert ending.next_round(replace(RUN, rounds=9), FIRST, 180.0) == pytest.approx(60.0)


def test_what_was_never_measured_takes_no_time() -> None:
    lost = Record(Trial("waitress", 0, 0, 1), 0.0, failure="it exited.")
    assert ending.next_round(RUN, [lost], 12.0) == pytest.approx(12.0)


@pytest.mark.parametrize(("most", "over"), [(219.0, True), (221.0, False)])
def test_a_round_begins_that_would_end_in_time(most: float, over: bool) -> None:
    assert ending.enough(replace(RUN, max_time=most), FIRST, 180.0, after(3)) == over


def test_rows_are_launched_three_times_however_precise_they_are() -> None:
    assert not ending.enough(RUN, FIRST[:2], 60.0, after(2, reach=0.001))
    assert ending.enough(RUN, FIRST, 60.0, after(3, reach=0.001))
    assert not ending.enough(RUN, FIRST, 60.0, after(3, reach=0.03))


def test_a_row_alone_is_launched_eight_times() -> None:
    alone = replace(RUN, servers={"waitress": RUN.servers["waitress"]})
    assert not ending.enough(alone, FIRST, 60.0, after(7, reach=0.001))
    assert ending.enough(alone, FIRST, 60.0, after(8, reach=0.001))


def test_a_number_of_rounds_that_was_given_is_the_plans_business() -> None:
    given: Run = replace(RUN, rounds=9, precision=None, max_time=None)
    assert not ending.enough(given, FIRST, 1e6, after(3, reach=0.0))
