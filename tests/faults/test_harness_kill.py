"""Every phase of `bench run` struck by every signal that ends: no process is left, no folder, and no record is lost."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from struck import Outcome, outcome, running

from bench import cli, journal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

RUN = ["run", "waitress", "--rounds", "1", "--duration", "0.05", "--connections", "4"]
BEFORE = {
    "the driver starts": "bench.drivers.remote:Remote.__init__",
    "the driver's ceiling is measured": "bench.running.ceiling:_measured",
}
LAUNCHING = {
    "a warden begins": "bench.processes.custody:Ward.begin",
    "a server starts": "bench.launch:_await_right_answer",
}
LOADED = {name: f"step:{name.replace(' ', '-')}" for name in ("warm up", "cost", "capacity", "half", "heavy", "common")}
AFTER = {
    "slots are counted": "step:slots",
    "servers stop": "step:stop",
    "a record is being written": "journal",
    "the report is being written": "bench.report.page:page",
}
PHASES = BEFORE | LAUNCHING | LOADED | AFTER
POLITE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
MEASURED = ("half", "heavy", "common", *AFTER)
"""Phases in which an interrupted launch has all that makes it count."""

Case: TypeAlias = tuple[str, signal.Signals]
CASES: list[Case] = [(phase, number) for phase in PHASES for number in (signal.SIGKILL, signal.SIGTERM)]
CASES += [(phase, number) for phase in ("a server starts", "capacity", "servers stop") for number in POLITE[1:]]


@dataclass(frozen=True)
class Struck:
    """A run that was struck: what became of it, and the folder of its results, if there is one yet."""

    seen: Outcome
    results: Path | None


def struck(case: Case, folder: Path) -> Struck:
    phase, number = case
    with running(RUN, folder, PHASES[phase]) as command:
        command.until(PHASES[phase])
        assert command.known
        command.strike(number)
        seen = outcome(command)
    return Struck(seen, next(folder.glob("results/*"), None))


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Case, "Future[Struck]"]]:
    """All cases that were asked for, three at a time: most of each is waiting."""
    wanted = [item.callspec.params["case"] for item in request.session.items if "outcomes" in _fixtures(item)]
    with ThreadPoolExecutor(3) as pool:
        yield {case: pool.submit(struck, case, tmp_path_factory.mktemp("struck")) for case in wanted}


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


def named(case: Case) -> str:
    return f"{case[0]}-{case[1].name}"


@pytest.fixture
def result(case: Case, outcomes: dict[Case, "Future[Struck]"]) -> Struck:
    return outcomes[case].result()


KILLED = [case for case in CASES if case[1] == signal.SIGKILL]
ASKED = [case for case in CASES if case[1] != signal.SIGKILL]
FAULTS = {
    "the driver starts": pytest.mark.fault(
        "harness", "it is killed while its driver starts", "the driver and all files go with it within two seconds"
    ),
    "a server starts": pytest.mark.fault(
        "harness", "it is killed while a server starts", "the server and its scratch folder go with it"
    ),
    "capacity": pytest.mark.fault(
        "harness", "it is killed (SIGKILL) under any load", "nothing is left, what was recorded can be read"
    ),
    "servers stop": pytest.mark.fault(
        "harness", "it is killed while servers stop", "they are ended all the same, and killed where they do not end"
    ),
    "a record is being written": pytest.mark.fault(
        "harness",
        "it is killed while half a record is on the disk",
        "the half is known for what it is, the rest is read",
    ),
    "the report is being written": pytest.mark.fault(
        "harness", "it is killed while it writes the report", "the records are complete: bench report writes it anew"
    ),
}
ASKED_FAULTS = {
    "the driver's ceiling is measured": pytest.mark.fault(
        "harness", "SIGTERM before the first launch", "one sentence, status 130, nothing is left"
    ),
    "capacity": pytest.mark.fault(
        "harness", "SIGINT, SIGTERM or SIGHUP in any phase", "what was measured is kept and shown, nothing is left"
    ),
    "a record is being written": pytest.mark.fault(
        "harness", "SIGTERM while a record is being written", "it is written whole, and so are those that wait for it"
    ),
}


def params(cases: list[Case], faults: dict[str, pytest.MarkDecorator], number: int) -> list[object]:
    return [
        pytest.param(case, id=named(case), marks=[faults[case[0]]] if case[1] == number and case[0] in faults else [])
        for case in cases
    ]


@pytest.mark.parametrize("case", params(KILLED, FAULTS, signal.SIGKILL))
def test_a_killed_run_leaves_nothing_but_its_records(case: Case, result: Struck) -> None:
    assert result.seen.status == -signal.SIGKILL
    assert result.seen.left == []
    _can_be_read(result)
    if result.results:
        said = journal.read(result.results)
        assert said.end == ("complete" if case[0].startswith("the report") else None)
        assert said.torn == (case[0] == "a record is being written")


@pytest.mark.parametrize("case", params(ASKED, ASKED_FAULTS, signal.SIGTERM))
def test_a_run_that_is_asked_to_end_says_one_sentence_and_keeps_what_it_has(case: Case, result: Struck) -> None:
    seen = result.seen
    assert seen.status == 130, seen.err
    assert seen.left == []
    assert "Traceback" not in seen.err
    assert seen.err.count("interrupted;") + seen.err.count("bench: interrupted.") == 1
    _can_be_read(result)
    if case[0] in MEASURED:
        assert result.results
        (record,) = journal.read(result.results).records
        assert record.failure is None
        assert "waitress" in seen.out


def _can_be_read(result: Struck) -> None:
    if result.results:
        journal.read(result.results)
        assert cli.main(["report", str(result.results)]) == 0
        assert (result.results / "report.html").exists()
