"""Comparing: what is surely slower is said so, what is alike is not, and what must not be held together is named."""

import math
from collections.abc import Mapping
from dataclasses import replace
from random import Random

import msgspec
import pytest
import synthetic
from comparisons import ROWS, run, slowed, windows
from hypothesis import given
from hypothesis import strategies as some
from synthetic import sound

from bench.compare import CANNOT_TELL, NOT_COMPARABLE, Change, Comparison, compare_rows, compare_runs
from bench.contrast import contrast
from bench.journal import Journal
from bench.model import Window
from bench.stored.digest import Digest


def change(comparison: Comparison, metric: str, row: str = "waitress") -> Change:
    return next(one for one in comparison.changes if (one.row, one.metric) == (row, metric))


def test_a_row_that_became_slower_is_the_only_one_that_did() -> None:
    others = [sound(name) for name in ROWS if name != "waitress"]
    found = compare_runs(run(), run(*others, slowed(1.3), seed=2, name="two"))
    assert {(one.row, one.metric) for one in found.worse} >= {("waitress", "cpu"), ("waitress", "throughput")}
    assert {one.row for one in found.worse} == {"waitress"}
    cost = change(found, "cpu")
    assert cost.word == "slower"
    assert cost.ratio
    assert cost.ratio.low
    assert cost.ratio.high
    assert 1 < cost.ratio.low < 1.3 < cost.ratio.high < 1.5
    assert change(found, "throughput").ratio
    assert not found.better


def test_the_way_back_is_faster() -> None:
    found = compare_runs(run(slowed(1.3)), run(slowed(1), seed=2, name="two"))
    assert change(found, "cpu").word == change(found, "throughput").word == "faster"
    assert change(found, "cpu").direction == change(found, "throughput").direction == "better"


def test_runs_of_the_same_rarely_differ() -> None:
    """Bonferroni over five rows in each of six metrics: one comparison in some, not most of them, may say a word."""
    alarms = [compare_runs(run(seed=seed), run(seed=seed + 100, name="two")) for seed in range(8)]
    assert sum(bool([one for one in found.worse if one.metric == "cpu"]) for found in alarms) <= 2
    assert sum(bool(found.worse) for found in alarms) <= 4


def test_words_are_right_all_at_once_as_often_as_they_say() -> None:
    """Sixteen rows of three launches each, a thousand times: some row is told apart from itself in at most 5 %."""
    draw = Random(3)

    def launches() -> dict[int, float]:
        return {at: math.exp(draw.gauss(0, 0.03)) for at in range(3)}

    alarms = 0
    for _ in range(1000):
        rows = [contrast(launches(), launches(), paired=False) for _ in range(16)]
        alarms += any(one.surely(rows) for one in rows)
    assert alarms <= 65


def test_a_pair_of_rows_is_compared_by_launchs() -> None:
    one = run()
    found = compare_rows((one, "waitress"), (one, "gunicorn-gthread"))
    assert found.paired
    assert (found.before, found.after) == ("waitress", "gunicorn-gthread")
    assert change(found, "cpu", "waitress → gunicorn-gthread").ratio
    assert {one.row for one in found.changes} == {"waitress → gunicorn-gthread"}


def test_pairing_takes_off_what_a_round_does_to_all() -> None:
    ups = [1.0, 1.4, 0.7, 1.1]
    ours = {at: 10 * up for at, up in enumerate(ups)}
    theirs = {at: 11 * up for at, up in enumerate(ups)}
    paired, apart = (contrast(ours, theirs, paired=way) for way in (True, False))
    assert paired.ratio
    assert paired.ratio.low == pytest.approx(1.1)
    assert paired.surely([paired])
    assert apart.ratio
    assert apart.ratio.value == pytest.approx(1.1)
    assert not apart.surely([apart])


@given(
    some.dictionaries(some.integers(0, 6), some.floats(1e-6, 1e9), min_size=1),
    some.dictionaries(some.integers(0, 6), some.floats(1e-6, 1e9), min_size=1),
)
def test_the_other_way_round_is_the_reciprocal(ours: Mapping[int, float], theirs: Mapping[int, float]) -> None:
    there, back = contrast(ours, theirs, paired=False), contrast(theirs, ours, paired=False)
    assert there.ratio
    assert back.ratio
    assert there.ratio.value * back.ratio.value == pytest.approx(1)
    assert there.surely([there]) == back.surely([back])


def test_rows_that_speak_differently_are_not_comparable_under_load() -> None:
    one = run()
    found = compare_rows((one, "gunicorn"), (one, "waitress"))
    words = {other.metric: other for other in found.changes}
    assert {name for name, other in words.items() if other.word == NOT_COMPARABLE} == {
        "cpu",
        "throughput",
        "p50",
        "p99",
    }
    assert (
        words["cpu"].because == "they speak differently: HTTP/1.1, a connection each, then HTTP/1.1, connections kept"
    )
    assert words["cpu"].ratio
    assert words["memory"].word == "less"
    assert words["start"].decided


def test_a_struck_out_row_is_not_compared_and_one_that_stopped_working_is_lost() -> None:
    before = run(sound("dev"), sound("twisted"), sound("processes"))
    broken = [next(shape for shape in synthetic.SHAPES if shape.name == name) for name in ("twisted", "processes")]
    found = compare_runs(before, run(sound("dev"), *broken, seed=2, name="two"))
    assert [*found.lost] == ["twisted", "processes"]
    assert found.lost["twisted"].startswith("FAILED: twisted ended with status 1")
    assert found.lost["processes"].startswith("ERRORS: ")
    assert change(found, "throughput", "processes").word == NOT_COMPARABLE
    assert "the second is struck out, ERRORS" in str(change(found, "throughput", "processes").because)
    assert change(found, "throughput", "twisted").after is None
    assert not compare_runs(run(*broken, name="two"), before).lost


def test_one_launch_gives_a_ratio_without_an_interval_and_decides_nothing() -> None:
    found = compare_runs(run(rounds=1), run(seed=2, name="two"))
    cost = change(found, "cpu")
    assert cost.word == NOT_COMPARABLE
    assert cost.because == "one launch of either allows no interval"
    assert cost.ratio
    assert cost.ratio.low is None
    assert not found.decided


def test_rows_that_vanished_or_came_are_named() -> None:
    found = compare_runs(run(), run(sound("waitress"), sound("uwsgi"), sound("tornado"), seed=2, name="two"))
    assert set(found.vanished) == {"gunicorn", "gunicorn-gthread", "gevent"}
    assert found.new == ("tornado",)
    assert {one.row for one in found.changes} == {"waitress", "uwsgi"}
    some_rows = compare_runs(run(), run(sound("waitress"), seed=2, name="two"), ["waitress", "uwsgi"])
    assert set(some_rows.vanished) == {"uwsgi"}


def test_a_row_that_could_not_run_vanished_for_a_reason() -> None:
    def without(journal: Journal) -> Journal:
        return replace(
            journal, run=replace(journal.run, unavailable={"gevent": "gevent is not installed. Install it."})
        )

    found = compare_runs(run(), run(sound("waitress"), seed=2, name="two", also=without), ["gevent", "waitress"])
    assert found.vanished == {"gevent": "gevent is not installed. Install it."}


def test_latencies_at_other_rates_or_too_few_answers_are_not_comparable() -> None:
    def faster(window: Window) -> Window:
        return replace(window, rate=window.rate * 1.05) if window.rate else window

    def rarer(window: Window) -> Window:
        return replace(window, responses=20) if window.rate else window

    found = compare_runs(run(), run(seed=2, name="two", also=windows(faster)))
    assert change(found, "p99").word == NOT_COMPARABLE
    assert str(change(found, "p99").because).startswith("the rates differ: ")
    assert change(found, "cpu").decided
    few = compare_runs(run(), run(seed=2, name="two", also=windows(rarer)))
    assert "too few for this quantile" in str(change(few, "p99").because)


def test_latencies_of_a_driver_that_was_late_are_not_comparable() -> None:
    def late(window: Window) -> Window:
        return replace(window, lag=window.latency)

    found = compare_runs(run(), run(seed=2, name="two", also=windows(late)))
    assert change(found, "p50").word == NOT_COMPARABLE
    assert "1 % of requests left" in str(change(found, "p50").because)


def test_drivers_that_differ_leave_cost_and_memory_to_compare() -> None:
    def otherwise(journal: Journal) -> Journal:
        return replace(journal, run=replace(journal.run, driver="wrk"))

    found = compare_runs(run(), run(seed=2, name="two", also=otherwise))
    assert change(found, "throughput").because == "the drivers differ: locust, then wrk"
    assert change(found, "cpu").word == CANNOT_TELL


def test_errors_are_compared_where_there_are_any() -> None:
    def few(window: Window) -> Window:
        return replace(window, errors={"status": 1} if window.responses > 1500 else {})

    found = compare_runs(run(), run(seed=2, name="two", also=windows(few)))
    assert change(found, "availability").before == 1
    assert change(found, "availability").word in (CANNOT_TELL, "more errors")
    assert not [one for one in compare_runs(run(), run(name="two")).changes if one.metric == "availability"]


def test_a_digest_forgets_nothing_that_is_compared() -> None:
    ours = run()
    assert msgspec.json.decode(msgspec.json.encode(ours), type=Digest) == ours
