"""The gate's answer from rounds whose truth is known, since they are made here: no server is started."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest
from rounds import BLOCKS, BUILDS, a_round, made, window

from bench import decision
from bench.aim import ALARMS, Aim, Decision
from bench.contest import OTHER, Build, Entry, Round
from bench.decision import next_step
from bench.errors import BenchError
from bench.model import Window
from bench.pairing import sides


def answered(conduct: Callable[[], Round], aim: Aim | None = None) -> Decision:
    sets: dict[decision.Step, list[Round]] = {"first": [], "second": []}
    while not isinstance(step := next_step(sets["first"], sets["second"], aim or Aim()), Decision):
        sets[step].append(conduct())
    return step


def test_responses_that_are_dear_but_rare_are_never_cleared() -> None:
    draw = Random(10)

    def rarely(build: Build) -> Window:
        return window(2e-4, draw, None, [2.0 * (build == "head")] + [0.0] * (BLOCKS - 1))

    def conduct() -> Round:
        return a_round(lambda build: Entry(build, rarely(build)))

    ordinary, all_of_them = answered(conduct), answered(conduct, Aim(metric="total"))
    assert ordinary.word == "undecided"
    assert "most responses cost what they did, but all together 6" in ordinary.reasons[0]
    assert ordinary.reasons[0].endswith("--metric total decides by all")
    assert all_of_them.word == "slower"


def test_what_was_not_measured_has_no_sides() -> None:
    draw = Random(3)
    round_ = a_round(lambda build: Entry(build, window(2e-4, draw)))
    assert sides(round_, "p99") == ([], [])
    with pytest.raises(BenchError, match="the metric 'p99' cannot be measured here"):
        next_step([round_], [], Aim(metric="p99"))


def test_identical_code_is_not_slower_and_a_slowdown_is_found() -> None:
    draw = Random(4)
    same = [answered(lambda: made(draw)) for _ in range(12)]
    slower = [answered(lambda: made(draw, 0.03)) for _ in range(12)]
    assert not [each for each in same if each.word == "slower"]
    assert sum(each.word == "not slower" for each in same) >= 10
    assert [each.word for each in slower] == ["slower"] * 12
    found = slower[0]
    assert found.effect
    assert found.effect.low
    assert found.effect.low > 1.0
    assert found.detectable
    assert found.detectable < 0.03
    assert len(found.alarms) == 2
    assert max(found.alarms) < Aim().alpha
    assert found.others.keys() == {"total", "time", "p99"}


def test_a_faster_head_is_not_slower() -> None:
    draw = Random(5)
    answer = answered(lambda: made(draw, -0.05))
    assert answer.word == "not slower"
    assert answer.effect
    assert answer.effect.high
    assert answer.effect.high < 1.0


def test_a_slowdown_within_the_margin_is_allowed_and_one_beyond_is_not() -> None:
    draw = Random(6)
    assert answered(lambda: made(draw, 0.01), Aim(margin=0.03)).word == "not slower"
    assert answered(lambda: made(draw, 0.08), Aim(margin=0.03)).word == "slower"


def test_an_alarm_alone_is_never_red() -> None:
    draw = Random(7)
    first = [made(draw, 0.05) for _ in range(40)]
    second: list[Round] = []
    while (step := next_step(first, second, Aim())) == "second":
        second.append(made(draw, -0.04))
    assert isinstance(step, Decision)
    assert len(step.alarms) == 2
    assert step.word != "slower"


def test_what_is_too_noisy_for_the_time_is_undecided_and_says_what_it_would_have_found() -> None:
    draw = Random(8)
    answer = answered(lambda: made(draw, 0.02, scatter=0.2), Aim(max_time=30))
    assert answer.word == "undecided"
    assert answer.detectable
    assert answer.detectable > 0.1
    assert answer.load_time <= 2 * 12 * 1.6


def drifting(draw: Random) -> tuple[Entry, ...]:
    return tuple(Entry(build, window(2e-4 * (1 + 0.05 * place), draw)) for place, build in enumerate(BUILDS))


def test_later_launches_may_be_dearer_where_both_builds_have_every_place() -> None:
    draw = Random(9)
    assert answered(lambda: a_round_of(drifting(draw), drifting(draw))).word == "not slower"


def test_launches_of_the_same_build_that_differ_by_their_order_in_one_heat_alone_leave_it_undecided() -> None:
    draw = Random(9)
    answer = answered(lambda: a_round_of(drifting(draw), made(draw).back))
    assert answer.word == "undecided"
    assert "too noisy now" in answer.reasons[0]


def a_round_of(there: Sequence[Entry], back: Sequence[Entry]) -> Round:
    """A round of these launches, whatever they were called, base and head exchanged in the second heat."""
    named = [replace(entry, build=OTHER[before.build]) for before, entry in zip(there, back, strict=True)]
    return Round(tuple(there), tuple(named), 1.6)


def test_errors_of_head_are_red_by_themselves_and_those_of_both_are_no_answer() -> None:
    draw = Random(10)
    red = answered(lambda: made(draw, head={"status 500": 30}))
    assert (red.word, red.effect) == ("slower", None)
    assert "head answers wrongly: status 500 240 times" in red.reasons[0]
    assert answered(lambda: made(draw, head={"body": 30}, base={"body": 30})).word == "undecided"


def test_a_head_that_cannot_be_started_is_red_after_two_rounds() -> None:
    entries = tuple(Entry(build, failure="it exited" if build == "head" else None) for build in BUILDS)
    answer = answered(lambda: Round(entries, (), 0.0))
    assert (answer.word, answer.rounds) == ("slower", 2)
    assert answer.reasons == ("head cannot be started: it exited",)


def test_a_single_wrong_answer_among_thousands_decides_nothing() -> None:
    draw, once = Random(11), iter([{"status 502": 1}])
    assert answered(lambda: made(draw, head=next(once, {}))).word == "not slower"


def test_several_rows_share_the_rate_of_false_alarms() -> None:
    assert Aim().alpha ** 2 == pytest.approx(ALARMS)
    assert 4 * Aim(contests=4).alpha ** 2 == pytest.approx(ALARMS)


def test_too_little_time_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(BenchError, match=r"--max-time 5 is too short: 12 rounds need 20 s of load\."):
        decision.affordable(1.6, Aim(max_time=5))


def test_rounds_that_take_longer_than_planned_end_a_gate_whose_time_cannot_suffice() -> None:
    draw = Random(12)
    answer = answered(lambda: made(draw), Aim(max_time=15))
    assert (answer.word, answer.rounds) == ("undecided", 1)
    assert answer.reasons == ("12 rounds need 20 s of load here: --max-time 15 is too short",)


def test_what_a_first_set_leaves_open_is_measured_until_it_is_ruled_out_or_the_time_is_over() -> None:
    draw, aim = Random(13), Aim(max_time=41)
    first_set = int(aim.max_time / 2 / 1.6)
    answers = [answered(lambda: made(draw, scatter=0.05), aim) for _ in range(8)]
    unalarmed = [answer for answer in answers if len(answer.alarms) == 1]
    assert any(answer.word == "not slower" and answer.rounds > first_set for answer in unalarmed)
    open_still = [answer for answer in unalarmed if answer.word == "undecided"]
    assert open_still
    assert all(aim.max_time - 1.6 < answer.load_time <= aim.max_time for answer in open_still)
