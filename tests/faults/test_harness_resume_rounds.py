"""What was measured before a run was cut short counts, and the rest of its plan is measured after that, each once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sessions
import synthetic
from sessions import CAPACITY, COST, LOADS, WHOLE, Make, maker

from bench.drivers.remote import Remote
from bench.model import Load, Record, Trial, Window
from bench.running import past, plan
from bench.running.launches import INTERRUPTED
from bench.running.past import Past
from bench.running.precision import Standing
from bench.running.rates import Common
from bench.running.session import carry_out
from bench.verify.drawing import undrawn

ROWS = ("waitress", "dev")
SEED = 3
BRIEF = (replace(CAPACITY, windows=1),)

drive, bench = sessions.drive, sessions.bench


@pytest.fixture(scope="module")
def whole(drive: Remote, tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """A run of two rounds that nobody cut short."""
    bench = maker(drive, tmp_path_factory.mktemp("whole"))(*ROWS, loads=BRIEF, rounds=2)
    return list(carry_out(bench))


def order(at: int) -> list[str]:
    return [trial.server for trial in plan.a_round(ROWS, at, SEED)]


def launched(records: Sequence[Record]) -> list[tuple[str, int, int]]:
    return [(record.trial.server, record.trial.round, record.trial.group) for record in records]


@pytest.mark.parametrize("kept", [0, 2, 4])
def test_whole_rounds_are_not_measured_again(bench: Make, whole: list[Record], kept: int) -> None:
    after = list(carry_out(bench(*ROWS, loads=BRIEF, rounds=2, past=Past(tuple(whole[:kept])))))
    assert [record.trial for record in after] == [record.trial for record in whole[kept:]]


@pytest.mark.fault(
    "harness",
    "it is killed between two records of one round",
    "resumed, only the rows without one are launched, with one of the others up beside them",
)
def test_of_a_round_that_was_cut_only_what_is_missing_is_measured(bench: Make, whole: list[Record]) -> None:
    first, second = order(1)
    after = list(carry_out(bench(*ROWS, loads=BRIEF, rounds=2, past=Past(tuple(whole[:3])))))
    assert launched(after) == [(first, 1, 1), (second, 1, 1)]
    assert after[1].trial.seed == whole[3].trial.seed
    records = [*whole[:3], *after]
    assert undrawn(dict(enumerate(records)), bench(*ROWS).run) == set()


def test_without_slices_rows_are_never_up_together_and_none_is_needed_beside_the_missing_one(
    bench: Make, whole: list[Record]
) -> None:
    second = order(1)[1]
    loads = (replace(WHOLE[0], windows=1, duration=0.1),)
    after = list(carry_out(bench(*ROWS, loads=loads, rounds=2, past=Past(tuple(whole[:3])))))
    assert launched(after) == [(second, 1, 1)]


@pytest.mark.fault(
    "harness",
    "it was interrupted in mid-round and is resumed",
    "launches that were cut short are measured anew, those that failed stay failed",
)
def test_launches_that_were_cut_short_are_measured_anew_and_failures_stay(bench: Make, whole: list[Record]) -> None:
    first, second = order(1)
    cut = [replace(whole[2], failure=INTERRUPTED), replace(whole[3], failure=f"{second} was ended by SIGKILL.")]
    after = list(carry_out(bench(*ROWS, loads=BRIEF, rounds=2, past=Past((*whole[:2], *cut)))))
    assert launched(after) == [(first, 1, 1)]


def test_a_launch_that_lacks_windows_is_measured_again_and_what_it_has_stays(bench: Make) -> None:
    loads = (COST, replace(CAPACITY, windows=1), LOADS[2])
    (record,) = carry_out(bench("waitress", loads=loads))
    lacking = replace(record, windows=record.windows[:2])
    after = list(carry_out(bench("waitress", loads=loads, past=Past((lacking,)))))
    assert launched(after) == [("waitress", 0, 1)]
    assert [window.load for window in after[0].windows] == ["cost", "capacity", "half"]
    assert list(carry_out(bench("waitress", loads=loads, past=Past((record,))))) == []


def test_launches_are_asked_at_the_common_rate_of_those_before(bench: Make) -> None:
    loads = (replace(CAPACITY, windows=1), LOADS[3])
    before = list(carry_out(bench(*ROWS, loads=loads)))
    asked = {window.rate for record in before for window in record.windows if window.load == "common"}
    # The slowest row's record was not written.
    slowest = min(before, key=lambda record: record.windows[0].throughput)
    kept = tuple(record for record in before if record is not slowest)
    after = list(carry_out(bench(*ROWS, loads=loads, past=Past(kept))))
    rates = [window.rate for record in after for window in record.windows if window.load == "common"]
    assert len(asked) == 1
    assert rates
    assert rates == pytest.approx([*asked] * len(rates))


def test_what_was_spent_before_counts_towards_the_time_allowed(bench: Make, whole: list[Record]) -> None:
    stands: list[Standing] = []
    told = {"loads": BRIEF, "rounds": None, "max_time": 60.0, "rank": stands.append}
    assert list(carry_out(bench(*ROWS, **told, past=Past(tuple(whole), spent=50.0)))) == []
    assert [stand.round for stand in stands] == [1]
    after = carry_out(bench(*ROWS, **told, past=Past(tuple(whole), spent=39.0)))
    assert next(after).trial.round == 2
    after.close()


def test_a_session_lasts_from_its_first_launch_to_its_last_answer(whole: list[Record]) -> None:
    earlier = replace(whole[0], started=100.0, windows=(replace(whole[0].windows[0], started=101.0, duration=2.0),))
    later = replace(whole[1], started=7.0, windows=(replace(whole[1].windows[0], started=7.5, duration=0.5),))
    failed = replace(whole[2], started=9.0, windows=(), failure="no")

    class Said:
        records = (earlier, later, failed)
        resumed = (1, 1)

    assert past.remembered(Said()).spent == pytest.approx(3.0 + 1.0)  # type: ignore[arg-type]


def test_a_row_that_is_too_slow_for_the_common_rate_lacks_no_window_of_it() -> None:
    loads = (Load("capacity"), Load("common", share=0.5, share_of="slowest"))
    run = replace(synthetic.run(()), loads=loads)
    window = Window("capacity", "closed", connections=1, started=0.0, duration=1.0, responses=10)
    slow, quick = (Record(Trial(name, 0, 0, 0), 0.0, windows=(window,)) for name in ("slow", "quick"))
    common = Common({"slow": 10.0, "quick": 1000.0, "other": 1000.0}, settled=1000.0)
    assert past.is_whole(slow, run, common)
    assert not past.is_whole(quick, run, common)
    assert past.is_whole(quick, run, None)
    assert not past.is_whole(replace(slow, windows=()), run, common)
