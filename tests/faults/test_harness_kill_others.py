"""Other commands than `bench run` are struck, a second signal follows the first, the harness is stopped."""

import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from scripted import HELLO, always, scripted
from struck import outcome, running
from waiting import eventually

from bench import journal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is left is only told on Linux")

RUN = ["run", "waitress", "--rounds", "1", "--duration", "0.05", "--connections", "4"]
APP = "def app(environ, start):\n    start('200 OK', [('Content-Length', '2')])\n    return [b'ok']\n"
OTHERS = {
    "check": (["check", "gunicorn"], "bench.check:_asked"),
    "cold": (["cold", "waitress", "--launches", "1"], "bench.cold:_first_of_each"),
    "gate": (["gate", "--app", "small:app", "--base", ".", "--head", "."], "bench.gate:Arena._by_turns"),
    "load": (["load", "URL", "--duration", "30"], "bench.drivers.remote:Remote._hear"),
}


@pytest.mark.fault(
    "harness", "bench check, cold, gate or load is killed", "server, driver and scratch folder go with it"
)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("verb", OTHERS)
def test_every_command_that_starts_something_leaves_nothing(tmp_path: Path, verb: str, number: int) -> None:
    (tmp_path / "small.py").write_text(APP)
    arguments, moment = OTHERS[verb]
    with scripted(always(HELLO)) as server:
        told = [server.url if word == "URL" else word for word in arguments]
        with running(told, tmp_path, moment) as command:
            command.until(moment)
            assert command.known
            command.strike(number)
            seen = outcome(command)
    assert seen.left == []
    assert "Traceback" not in seen.err
    if number == signal.SIGTERM:
        assert seen.status == 130
        # Load that has been answered by then is told.
        said = r"bench: interrupted( after \d+\.\d\d s of 30)?\." if verb == "load" else r"bench: interrupted\."
        assert re.fullmatch(said, seen.err.splitlines()[-1])


@pytest.mark.fault(
    "harness", "further signals while it obeys the first", "it goes on ending in order, and keeps its records"
)
def test_impatience_disturbs_nobody(tmp_path: Path) -> None:
    moments = ("step:half", "bench.processes.custody:Ward.stop", "bench.running.ledger:Ledger.finish")
    with running(RUN, tmp_path, *moments) as command:
        command.until(moments[0])
        command.strike(signal.SIGINT)
        for moment, number in zip(moments[1:], (signal.SIGTERM, signal.SIGHUP), strict=True):
            command.until(moment)
            command.process.send_signal(signal.SIGINT)
            command.strike(number)
        seen = outcome(command)
    assert seen.status == 130
    assert seen.left == []
    assert "what was measured is kept" in seen.err
    assert "Traceback" not in seen.err
    (folder,) = tmp_path.glob("results/*")
    said = journal.read(folder)
    assert said.end == "interrupted"
    assert [record.failure for record in said.records] == [None]


@pytest.mark.fault(
    "harness", "it is stopped (Ctrl-Z, SIGSTOP) and goes on later", "the launches that were up then do not count"
)
def test_what_was_measured_across_a_stop_does_not_count(tmp_path: Path) -> None:
    with running(RUN, tmp_path, "step:half") as command:
        command.until("step:half")
        harness = psutil.Process(command.process.pid)
        harness.send_signal(signal.SIGSTOP)
        eventually(lambda: harness.status() == psutil.STATUS_STOPPED)
        harness.send_signal(signal.SIGCONT)
        command.go()
        seen = outcome(command)
    assert seen.status == 1
    (folder,) = tmp_path.glob("results/*")
    (record,) = journal.read(folder).records
    assert record.failure == "the harness was stopped for a while (Ctrl-Z, SIGSTOP) when this was measured."
    assert record.failure in seen.err


@pytest.mark.fault("harness", "it is killed while its driver is stopped", "the driver, which notices nothing, is ended")
def test_a_stopped_driver_does_not_outlive_the_harness(tmp_path: Path) -> None:
    with running(RUN, tmp_path, "step:capacity") as command:
        command.until("step:capacity")
        (driver,) = [process for process in command.known if "locust_process" in " ".join(process.cmdline())]
        driver.send_signal(signal.SIGSTOP)
        command.strike(signal.SIGKILL)
        assert outcome(command).left == []


@pytest.mark.fault("harness", "it is killed while wrk loads for it", "wrk ends with it")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_somebody_elses_load_program_does_not_outlive_the_harness(tmp_path: Path, number: int) -> None:
    with scripted(always(HELLO)) as server:
        asked = ["load", server.url, "--driver", "wrk", "--connections", "4", "--duration", "60"]
        with running(asked, tmp_path) as command:
            harness = psutil.Process(command.process.pid)
            eventually(lambda: "wrk" in [child.name() for child in harness.children(recursive=True)])
            command.known += harness.children(recursive=True)
            command.process.send_signal(number)
            seen = outcome(command)
    assert seen.left == []
    assert seen.status == (130 if number == signal.SIGTERM else -number)


@pytest.mark.fault("harness", "there is no room for temporary files", "one sentence says so, and how to help it")
@pytest.mark.parametrize("place", ["/nowhere", "/dev/null"])
def test_without_a_place_for_files_it_is_one_sentence(
    tmp_path: Path,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    refuse: Callable[[str], None],
) -> None:
    from bench import cli

    refuse(place)
    assert cli.main(["check", "waitress"]) == 2
    assert "there is no place for temporary files" in capsys.readouterr().err


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have temporary files looked for at a place alone that cannot have any."""

    def only(place: str) -> None:
        monkeypatch.setattr("tempfile.tempdir", place)

    return only


def test_an_interrupt_in_an_undisturbed_block_comes_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from bench import interrupts

    monkeypatch.setattr(interrupts, "_last", float("-inf"))
    before = signal.signal(signal.SIGUSR1, interrupts._interrupt)
    reached = []

    @interrupts.deferred()
    def interrupted() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        reached.append("the end of the block")

    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert reached
