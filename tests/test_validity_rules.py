"""The rules that need launches, slots, slices or other rows to tell: each strikes out what it is for, no more."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sound import RUN, changed, closed, trials

from bench.model import Record, Request, Run, Slices, Window
from bench.validity import MARKS, MEANINGS, judge, judge_all, marks, reasons


def launches(name: str, levels: Sequence[float]) -> list[Record]:
    """A sound row's launches, each so many times as fast as it would be."""

    def faster(window: Window, times: float) -> Window:
        seconds = window.duration / times
        return replace(window, duration=seconds, latency_mean=None, server_cpu=(window.server_cpu or 0) / times)

    sound = trials(name)[0]
    return [
        replace(
            sound,
            trial=replace(sound.trial, round=at),
            windows=tuple(faster(window, times) for window in sound.windows if window.model == "closed"),
        )
        for at, times in enumerate(levels)
    ]


def unstable(rows: dict[str, list[Record]], run: Run = RUN) -> dict[str, list[str]]:
    return {name: reasons(verdict) for name, verdict in judge_all(rows, run).items() if verdict.word == "UNSTABLE"}


CALM = (1.0, 1.01, 0.99, 1.005, 0.995, 1.002)


def test_launches_of_two_kinds_are_unstable() -> None:
    found = unstable({"waitress": launches("waitress", [1.0, 1.3, 1.01, 1.31, 1.005, 1.305])})
    assert found["waitress"][0] == "throughput has two levels: 3 launches are 29.9 % above 3 others"
    assert not unstable({"waitress": launches("waitress", [1.0, 1.3, *CALM[2:]])})
    assert not unstable({"waitress": launches("waitress", [1.0, 1.04, 1.001, 1.041, 1.0005, 1.0405])})


def test_a_machine_of_two_minds_does_not_make_every_row_unstable() -> None:
    weather = (1.0, 0.6, 1.0, 0.6, 1.0, 0.6)
    rows = {
        name: launches(name, [calm * now for calm, now in zip(CALM, weather, strict=True)])
        for name in ("waitress", "gunicorn", "gevent", "uwsgi")
    }
    assert not unstable(rows)
    assert set(unstable({"waitress": rows["waitress"]})) == {"waitress"}


def test_a_row_that_is_not_known_as_precisely_as_asked_is_marked() -> None:
    rows = {
        "waitress": launches("waitress", [1.0, 1.1, 0.93, 1.04, 0.9, 1.02]),
        **{name: launches(name, CALM) for name in ("gunicorn", "gevent", "uwsgi")},
    }
    for asked, words in ((0.03, {"waitress"}), (0.2, set())):
        verdicts = judge_all(rows, replace(RUN, precision=asked))
        marked = {name for name, verdict in verdicts.items() if "IMPRECISE" in {mark.rule for mark in marks(verdict)}}
        assert marked == words
        assert all(verdict.valid for verdict in verdicts.values())


def test_one_cost_that_never_settled_in_any_launch_is_unstable() -> None:
    verdict = judge([replace(one, settled=False) for one in trials()], RUN)
    assert (verdict.word, reasons(verdict)) == (
        "UNSTABLE",
        ["the cost of a response was steady after warm-up in 0 of 3 launches"],
    )


def test_fewer_slots_than_expected_strike_out_when_several_launches_showed_no_more() -> None:
    expected = RUN.servers["waitress"].slots or 0

    def word(*seen: int) -> str:
        return judge([replace(trials()[0], slots=expected + step) for step in seen], RUN).word

    assert [word(-1, -1, -1), word(1)] == ["SLOTS", "SLOTS"]
    assert [word(-1, -1), word(-1, 0, -1), word(0)] == ["VALID", "VALID", "VALID"]


def test_a_row_near_the_drivers_ceiling_is_driver_bound() -> None:
    reached = trials()[0].windows[0].throughput
    assert judge(trials(), replace(RUN, ceiling=2 * reached)).valid
    assert judge(trials(), replace(RUN, ceiling=1.2 * reached)).word == "DRIVER-BOUND"


def test_a_driver_that_waits_for_a_core_is_driver_bound_where_it_was_to_have_one() -> None:
    starved = [
        replace(one, windows=tuple(closed(driver_busy=0.5, driver_wait=0.4 * w.duration)(w) for w in one.windows))
        for one in trials()
    ]
    assert judge(starved, RUN).word == "DRIVER-BOUND"
    assert judge(starved, replace(RUN, machine=replace(RUN.machine, driver_cores=None))).valid


def test_where_neither_server_nor_driver_works_the_row_is_idle_unless_its_slots_are_full() -> None:
    lazy = [
        replace(one, first_byte=(), windows=tuple(closed(server_cpu=0.2)(w) for w in one.windows)) for one in trials()
    ]
    assert judge(lazy, RUN).word == "IDLE"
    slots = RUN.servers["waitress"].slots or 0
    full = slots / lazy[0].windows[0].throughput
    assert judge([replace(one, first_byte=(1.0, full)) for one in lazy], RUN).valid
    assert judge([replace(one, first_byte=(1.0, full / 2)) for one in lazy], RUN).word == "IDLE"


def test_a_server_whose_core_others_hold_is_not_idle() -> None:
    crowded = closed(server_cpu=0.3, foreign_cpu=0.5, steal=0.0)
    verdict = changed(crowded)
    assert verdict.valid
    assert "NOISY" in {mark.rule for mark in marks(verdict)}


@pytest.mark.parametrize("figures", [{"stalled": 0.05}, {"swapped": 4096}, {"frequency": 3.3e9}])
def test_memory_and_frequency_mark_a_row_as_noisy(figures: dict[str, float]) -> None:
    steady = [
        replace(one, windows=tuple(replace(w, stalled=0.0, swapped=0, frequency=3e9) for w in one.windows))
        for one in trials()
    ]
    assert not marks(judge(steady, RUN))
    first = replace(steady[0], windows=tuple(replace(w, **figures) for w in steady[0].windows))  # type: ignore[arg-type]
    assert [mark.rule for mark in marks(judge([first, *steady[1:]], RUN))] == ["NOISY"]


def test_every_word_is_explained() -> None:
    said = {finding.rule for one in (trials(), trials("dev")) for finding in judge(one, RUN).findings}
    assert said <= set(MEANINGS)
    assert set(MEANINGS) >= MARKS


@pytest.mark.parametrize(("spent", "word"), [(1.0, "VALID"), (0.85, "VALID"), (0.7, "IMPOSSIBLE"), (1.3, "IMPOSSIBLE")])
def test_littles_law_holds_in_slices_too_where_fewer_and_fewer_ask_at_the_end(spent: float, word: str) -> None:
    """Of 25 ms each, in which questions were asked for 20: connections have one out for nine tenths of them."""

    def cut(window: Window) -> Window:
        many, turn = round(window.duration / 0.025), window.responses // round(window.duration / 0.025)
        each = (0.02,) * many
        slices = Slices(0, 0.02, None, (0.025,) * many, (turn,) * many, (turn,) * many, each)
        mean = spent * 0.9 * window.connections * 0.025 * many / (turn * many)
        changes = {"duration": 0.025 * many, "responses": turn * many, "latency_mean": mean, "slices": slices}
        return replace(window, **changes)  # type: ignore[arg-type]

    assert changed(lambda window: cut(window) if window.model == "closed" else window).word == word


@pytest.mark.parametrize("waves", [1, 2, 8])
def test_answers_that_take_longer_than_a_slice_agree_with_littles_law(waves: int) -> None:
    """An app that waits for a quarter of a second: so many connections share a slot, one after the other."""

    def cut(window: Window) -> Window:
        wall, each = 0.25 * waves, window.connections
        slices = Slices(0, 0.01, None, (wall,) * 4, (each,) * 4, (each,) * 4, (wall,) * 4)
        mean = 0.25 * (waves + 1) / 2
        changes = {"duration": 4 * wall, "responses": 4 * each, "latency_mean": mean, "slices": slices}
        return replace(window, **changes)  # type: ignore[arg-type]

    verdict = changed(lambda window: cut(window) if window.model == "closed" else window)
    told = [finding for finding in verdict.findings if "throughput x mean latency" in finding.evidence]
    assert [finding.holds for finding in told] == [True]


def test_connections_that_never_got_an_answer_are_errors() -> None:
    verdict = changed(closed(opened=10**6))
    assert verdict.word == "ERRORS"
    assert "connections or more were never served" in reasons(verdict)[0]
    assert changed(closed(opened=None)).valid


def test_a_window_without_an_answer_is_errors_however_many_others_there_are() -> None:
    first, *others = trials()
    silent = replace(first.windows[0], responses=0, errors={"connect": 1}, latency=None, latency_mean=None)
    verdict = judge([replace(first, windows=(silent, *first.windows[1:])), *others], RUN)
    assert verdict.word == "ERRORS"
    assert reasons(verdict) == ["in 1 of 6 windows under capacity not one request was answered rightly"]


def test_half_of_the_launches_failing_is_failed() -> None:
    first, second, third = trials()
    broken = [replace(one, failure="it died", windows=()) for one in (first, second)]
    assert judge([*broken, third], RUN).word == "FAILED"
    assert judge([broken[0], second, third], RUN).valid


def test_an_answer_sooner_than_the_delay_asked_for_is_impossible() -> None:
    def asked(milliseconds: int) -> Run:
        load = replace(RUN.loads[0], requests=(Request(f"/delay/{milliseconds}?x=1"),))
        return replace(RUN, loads=(load, *RUN.loads[1:]))

    verdict = judge(trials(), asked(1000))
    assert verdict.word == "IMPOSSIBLE"
    assert reasons(verdict)[0].endswith("where the app waits 1 s")
    assert judge(trials(), asked(0)).valid
