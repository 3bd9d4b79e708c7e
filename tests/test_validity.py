"""Each rule strikes out what it is for, says the figures, and lets the sound twin pass."""

from dataclasses import replace

import pytest
from sound import RUN, changed, closed, trials

from bench.histogram import Histogram
from bench.model import Window
from bench.validity import judge, marks, reasons


def test_a_sound_row_is_valid_and_every_rule_says_its_figures() -> None:
    verdict = judge(trials(), RUN)
    assert verdict.valid
    assert reasons(verdict) == []
    assert marks(verdict) == []
    assert {"FAILED", "ERRORS", "DRIVER-BOUND", "IDLE", "IMPOSSIBLE", "LATE", "NOISY"} <= {
        one.rule for one in verdict.findings
    }
    assert all(finding.evidence for finding in verdict.findings)


def test_a_row_whose_every_launch_failed_is_failed_for_the_first_reason() -> None:
    verdict = judge([replace(one, failure=f"died in round {one.trial.round}", windows=()) for one in trials()], RUN)
    assert verdict.word == "FAILED"
    assert reasons(verdict) == ["died in round 0"]


def test_a_row_that_was_only_interrupted_says_so() -> None:
    verdict = judge([replace(trials()[0], failure="interrupted", windows=())], RUN)
    assert verdict.word == "FAILED"
    assert reasons(verdict) == ["it was interrupted before it was measured"]


def test_one_failed_launch_of_three_marks_the_row_and_its_windows_do_not_count() -> None:
    first, *others = trials()
    broken = replace(first.windows[0], errors={"reset": 10**6})
    verdict = judge([replace(first, failure="it died", windows=(broken,)), *others], RUN)
    assert verdict.valid
    assert [mark.evidence for mark in marks(verdict)] == ["1 of 3 launches failed: it died"]


@pytest.mark.parametrize(("wrong", "word"), [(1, "VALID"), (2, "VALID"), (6, "ERRORS"), (500, "ERRORS")])
def test_more_than_one_wrong_answer_in_a_thousand_is_errors(wrong: int, word: str) -> None:
    windows = tuple(replace(one, responses=1000, errors={}, latency_mean=None) for one in trials()[0].windows[:4])
    last = replace(windows[-1], responses=1000 - wrong, errors={"status": wrong})
    verdict = judge([replace(trials()[0], windows=(*windows[:3], last))], RUN)
    assert verdict.word == word


def test_a_window_without_any_answer_is_errors() -> None:
    verdict = changed(lambda window: replace(window, responses=0, errors={}, latency=None, latency_mean=None))
    assert verdict.word == "ERRORS"
    assert reasons(verdict) == ["not one request was answered"]


def test_errors_are_told_by_kind() -> None:
    verdict = changed(lambda window: replace(window, errors={"status": 7, "timeout": 5}))
    windows = sum(len(one.windows) for one in trials())
    assert reasons(verdict)[0].endswith(f": {7 * windows} status, {5 * windows} timeout")


@pytest.mark.parametrize(("busy", "word"), [(0.84, "VALID"), (0.86, "DRIVER-BOUND")])
def test_a_busy_driver_at_capacity_is_driver_bound(busy: float, word: str) -> None:
    assert changed(closed(driver_busy=busy)).word == word


def test_one_busy_window_among_many_is_not_driver_bound() -> None:
    first, *others = trials()
    busy = replace(first.windows[0], driver_busy=0.99)
    assert judge([replace(first, windows=(busy, *first.windows[1:])), *others], RUN).valid


def test_a_driver_that_sends_late_spoils_latencies_and_not_the_row() -> None:
    late = Histogram.of([(5_000, 1000)]).encode()
    verdict = changed(lambda window: replace(window, lag=late) if window.load == "half" else window)
    assert verdict.valid
    assert [(mark.rule, mark.evidence[:49]) for mark in marks(verdict)] == [
        ("LATE", "under half 1 % of requests left 5 ms or more late")
    ]


def test_a_lag_of_microseconds_is_not_late() -> None:
    short = Histogram.of([(99, 1000)]).encode()
    assert not marks(changed(lambda window: replace(window, lag=short) if window.model == "open" else window))


def test_a_plateau_at_40_milliseconds_with_an_idle_server_is_idle() -> None:
    """bjoern in HttpArena (METHOD's F5): p50 41 ms, p99 42 ms at 0.81 of 64 cores."""
    plateau = Histogram.of([(41_300, 980), (42_400, 20)]).encode()
    verdict = changed(closed(latency=plateau, latency_mean=0.0413, responses=1240, connections=64, server_cpu=0.05))
    assert verdict.word == "IDLE"


def test_a_server_that_works_for_40_milliseconds_is_not_idle() -> None:
    plateau = Histogram.of([(41_300, 980), (42_400, 20)]).encode()
    busy = closed(latency=plateau, latency_mean=0.0413, responses=1240, connections=64, server_cpu=0.79)
    assert changed(busy).word == "VALID"


@pytest.mark.parametrize(("mean", "word"), [(0.95, "VALID"), (1.05, "VALID"), (0.8, "IMPOSSIBLE"), (1.3, "IMPOSSIBLE")])
def test_littles_law_must_hold_in_the_closed_model(mean: float, word: str) -> None:
    def distorted(window: Window) -> Window:
        return replace(window, latency_mean=mean * window.connections * window.duration / window.responses)

    assert changed(lambda window: distorted(window) if window.model == "closed" else window).word == word


def test_littles_law_is_not_asked_where_there_was_time_for_few_requests_in_turn() -> None:
    few, more = (changed(closed(latency_mean=0.8 / turns, responses=64 * 3)) for turns in (19, 21))
    assert few.valid
    assert "connections that are never served" in reasons(more)[0]


def test_time_spent_connecting_counts_for_littles_law() -> None:
    def reconnecting(window: Window) -> Window:
        half = window.connections * window.duration / window.responses / 2
        connect = Histogram.of([(round(half * 1e6), window.responses)]).encode()
        return replace(window, latency_mean=half, connect=connect)

    assert changed(lambda window: reconnecting(window) if window.model == "closed" else window).valid


@pytest.mark.parametrize(
    ("quantiles", "word"),
    [
        ({"p50": 0.010, "p90": 0.012, "p99": 0.03}, "VALID"),
        ({"p50": 0.010, "p90": 0.009, "p99": 0.03}, "IMPOSSIBLE"),
        ({"p50": 0.010, "p99": 0.0195, "p999": 0.02}, "IMPOSSIBLE"),
        ({"p50": 0.0195, "p99": 0.0195}, "VALID"),
    ],
)
def test_quantiles_told_by_a_driver_must_be_possible(quantiles: dict[str, float], word: str) -> None:
    """The third is METHOD's F6: HttpArena's script prints the mean of latencies as their p99."""
    told = closed(latency=None, latency_quantiles=quantiles, latency_mean=0.0195, responses=3280, connections=80)
    assert changed(told).word == word


@pytest.mark.parametrize("figures", [{"steal": 0.05}, {"foreign_cpu": 0.2}])
def test_noise_marks_a_row_but_does_not_strike_it_out(figures: dict[str, float]) -> None:
    verdict = changed(lambda window: replace(window, **figures))  # type: ignore[arg-type]
    assert verdict.valid
    assert [mark.rule for mark in marks(verdict)] == ["NOISY"]


def test_a_row_that_never_settled_is_marked() -> None:
    first, *others = trials()
    verdict = judge([replace(first, settled=False), *others], RUN)
    assert verdict.valid
    assert [mark.evidence for mark in marks(verdict)] == [
        "the cost of a response was steady after warm-up in 2 of 3 launches"
    ]


def test_what_was_not_measured_is_not_judged() -> None:
    bare = [
        replace(
            one,
            windows=tuple(
                Window(w.load, w.model, w.connections, w.started, w.duration, w.responses) for w in one.windows
            ),
            settled=None,
        )
        for one in trials()
    ]
    verdict = judge(bare, RUN)
    assert verdict.valid
    assert {finding.rule for finding in verdict.findings} == {"FAILED", "ERRORS"}
