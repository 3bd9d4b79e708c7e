"""The processes that see to everybody's end are killed themselves, alone and together: the next one in line does it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
from struck import ROOT, Command, left_after, outcome, running
from test_processes_warden import DAEMON, command
from waiting import eventually

from bench import launch
from bench.errors import BenchError
from bench.model import Settings
from bench.processes.custody import custody
from bench.rows.catalog import load_catalog

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose orphans are whose")

HALVES: dict[str, Callable[[psutil.Process], list[psutil.Process]]] = {
    "the one that works": lambda working: [working],
    "the one that waits": lambda working: [working.parent()],
    "both": lambda working: [working.parent(), working],
}


def everybody(working: psutil.Process) -> list[psutil.Process]:
    return [working.parent(), working, *working.children(recursive=True)]


def kill(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    for process in processes:
        process.kill()


@pytest.mark.fault("harness", "the warden of a server with workers is killed", "its other half ends the whole tree")
@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("row", ["gunicorn", "gunicorn+nginx"])
def test_a_server_does_not_outlive_a_killed_warden(tmp_path: Path, row: str, half: str) -> None:
    catalog = load_catalog()
    with launch.serving(catalog, catalog.servers[row], Settings(), log=tmp_path / "log") as up:
        working = psutil.Process(up.ward.pid)
        eventually(lambda: len(everybody(working)) >= 5)
        members = everybody(working)
        kill(HALVES[half](working))
        if half != "both":
            assert left_after(members, 2) == []
            assert "warden" in (up.ward.ended(wait=2) or "")
    assert left_after(members, 2) == []


@pytest.mark.fault(
    "harness", "the warden of a server that made itself a daemon is killed", "the daemon is found and ended"
)
@pytest.mark.parametrize("half", HALVES)
def test_a_daemon_does_not_outlive_a_killed_warden(tmp_path: Path, half: str) -> None:
    pids, folder = tmp_path / "pids", tmp_path / "scratch"
    folder.mkdir()
    argv = command(DAEMON, pids)
    with custody([argv], folder=folder, log=tmp_path / "log", environment=dict(os.environ)) as ward:
        eventually(lambda: pids.exists() and pids.read_text().endswith("\n"))
        daemon = psutil.Process(int(pids.read_text()))
        kill(HALVES[half](psutil.Process(ward.pid)))
    assert left_after([daemon], 2) == []


@pytest.mark.fault(
    "harness", "a warden is stopped (SIGSTOP) and answers no more", "it is ended with its tree, and nobody waits for it"
)
def test_a_warden_that_is_stopped_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.processes.custody._PATIENCE", 0.5)
    catalog = load_catalog()
    with launch.serving(catalog, catalog.servers["gunicorn"], Settings(), log=tmp_path / "log") as up:
        working = psutil.Process(up.ward.pid)
        members = everybody(working)
        working.send_signal(signal.SIGSTOP)
    assert left_after(members, 2) == []


@pytest.mark.fault("harness", "a warden is killed before it has begun", "one sentence says so")
def test_a_warden_that_is_killed_at_once_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed() -> "subprocess.Popen[bytes]":
        warden = subprocess.Popen(["sleep", "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        warden.kill()
        return warden

    monkeypatch.setattr("bench.processes.custody._warden", killed)
    with (
        pytest.raises(BenchError, match="the warden was ended before it had begun"),
        custody([command("print()")], folder=tmp_path, log=tmp_path / "log", environment={}),
    ):
        pytest.fail("nothing was started")


def wardens(struck: Command) -> list[psutil.Process]:
    return [process for process in struck.known if "bench.processes.warden" in " ".join(process.cmdline())]


def caretaker(struck: Command) -> list[psutil.Process]:
    return [process for process in struck.known if "bench.processes.caretaker" in " ".join(process.cmdline())]


def harness(struck: Command) -> list[psutil.Process]:
    return [psutil.Process(struck.process.pid)]


@pytest.mark.parametrize(
    "victims",
    [
        pytest.param(
            [harness, lambda struck: wardens(struck)[1:]],
            id="the working half",
            marks=pytest.mark.fault(
                "harness", "it and a warden are killed at once", "the warden's other half ends the tree"
            ),
        ),
        pytest.param(
            [harness, wardens],
            id="both halves",
            marks=pytest.mark.fault(
                "harness", "it and both halves of a warden are killed at once", "its caretaker ends what is left"
            ),
        ),
        pytest.param([harness, caretaker], id="the caretaker"),
    ],
)
def test_whoever_is_left_sees_to_the_end(
    tmp_path: Path, victims: list[Callable[[Command], list[psutil.Process]]]
) -> None:
    with running(["check", "gunicorn+nginx"], tmp_path, "bench.check:_asked") as struck:
        struck.until("bench.check:_asked")
        assert len(struck.known) >= 6
        assert len(wardens(struck)) == 2
        members = [process for process in struck.known if process not in caretaker(struck)]
        kill([process for choose in victims for process in choose(struck)])
        if caretaker in victims:
            assert left_after(members, 2) == []
        else:
            assert outcome(struck).left == []


@pytest.mark.fault(
    "harness",
    "it, its wardens and its caretaker are all killed at once",
    "the next command ends and removes what is left",
)
def test_what_nobody_could_see_to_is_ended_by_the_next_command(tmp_path: Path) -> None:
    with running(["check", "gunicorn+nginx"], tmp_path, "bench.check:_asked") as struck:
        struck.until("bench.check:_asked")
        kill([*harness(struck), *wardens(struck), *caretaker(struck)])
        eventually(lambda: not psutil.pid_exists(struck.process.pid) or struck.process.poll() is not None)
        assert struck.left() != []
        environment = {**os.environ, "TMPDIR": str(struck.room), "PYTHONPATH": str(ROOT)}
        following = [sys.executable, "-m", "bench", "check", "nothing-of-that-name"]
        subprocess.run(following, env=environment, cwd=tmp_path, capture_output=True, check=False)
        assert outcome(struck).left == []
