"""The terminal, standard output or standard error goes away in mid-run, or is left as it was by an interrupt."""

import json
import os
import signal
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from struck import Command, outcome, running

from bench import journal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="terminals are Linux' own here")

RUN = ["run", "waitress", "--rounds", "1", "--duration", "0.05", "--connections", "4"]
HIDDEN, SHOWN = b"\033[?25l", b"\033[?25h"


def end(folder: Path) -> str | None:
    (results,) = folder.glob("results/*")
    return journal.read(results).end


@pytest.mark.fault("harness", "nobody reads its standard error any more", "it measures on and reports")
@pytest.mark.fault("harness", "nobody reads its standard output any more", "it measures on and reports")
def test_a_stream_that_nobody_reads_ends_no_run(tmp_path: Path) -> None:
    with running(RUN, tmp_path, "step:capacity") as command:
        command.until("step:capacity")
        for lost in ("stdout", "stderr"):
            getattr(command.process, lost).close()
            setattr(command.process, lost, None)
        command.go()
        seen = outcome(command)
    assert seen.status in (0, 1)
    assert seen.left == []
    assert end(tmp_path) == "complete"
    assert list(tmp_path.glob("results/*/report.html"))


@pytest.mark.fault("harness", "standard error is closed from the start", "what goes to standard output is that alone")
def test_a_closed_stream_is_no_file_of_somebody_elses(tmp_path: Path) -> None:
    closing = ("sh", "-c", 'exec "$@" 2>&-', "sh")
    with running([*RUN, "--json"], tmp_path, nice=closing) as command:
        seen = outcome(command)
    assert json.loads(seen.out)["rows"]
    assert end(tmp_path) == "complete"


@pytest.mark.fault("harness", "its terminal is closed, and it was begun with nohup", "it measures on")
def test_what_was_told_to_ignore_a_hangup_does(tmp_path: Path) -> None:
    with running(RUN, tmp_path, "step:capacity", nice=("nohup",)) as command:
        command.until("step:capacity")
        command.strike(signal.SIGHUP)
        assert outcome(command).status in (0, 1)
    assert end(tmp_path) == "complete"


class Terminal:
    """The end of a pseudo-terminal at which people sit; all that is written to the other is read."""

    def __init__(self) -> None:
        self.leader, self.follower = os.openpty()
        self.seen = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):
            while data := os.read(self.leader, 65536):
                self.seen += data

    def heard_out(self) -> bytes:
        """Everything that was written, when nobody writes any more."""
        os.close(self.follower)
        self._reader.join()
        return self.seen


@contextmanager
def on_terminal(folder: Path, moment: str) -> Iterator[tuple[Terminal, Command]]:
    """A run with a live view on a terminal of its own, which has come to a moment."""
    terminal = Terminal()
    login = {"preexec_fn": lambda: os.login_tty(os.dup(terminal.follower)), "start_new_session": False}
    term = ("env", "TERM=xterm")
    with running(RUN, folder, moment, nice=term, **login, stdin=None, stdout=None, stderr=None) as command:
        command.until(moment)
        yield terminal, command


@pytest.mark.fault(
    "harness", "Ctrl-C on a terminal with the live view", "the terminal is as it was before, cursor and all"
)
def test_an_interrupted_view_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "step:half") as (terminal, command):
        before = termios.tcgetattr(terminal.follower)
        os.write(terminal.leader, b"\x03")
        command.go()
        seen = outcome(command)
        assert termios.tcgetattr(terminal.follower) == before
        said = terminal.heard_out()
    assert seen.status == 130
    assert seen.left == []
    assert HIDDEN in said
    assert said.rindex(SHOWN) > said.rindex(HIDDEN)
    assert b"what was measured is kept" in said
    assert b"Traceback" not in said


@pytest.mark.fault("harness", "it is killed while it draws the live view", "the cursor is shown again, nothing is left")
def test_a_killed_view_leaves_a_cursor(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "step:half") as (terminal, command):
        command.strike(signal.SIGKILL)
        assert outcome(command).left == []
        said = terminal.heard_out()
    assert said.rindex(SHOWN) > said.rindex(HIDDEN)


@pytest.mark.fault(
    "harness", "its terminal is closed (the parent shell is gone)", "what was measured is kept, nothing is left"
)
def test_a_terminal_that_is_gone_ends_the_run_in_order(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "step:half") as (terminal, command):
        os.close(terminal.follower)
        os.close(terminal.leader)
        command.go()
        seen = outcome(command)
    assert seen.status == 130
    assert seen.left == []
    assert end(tmp_path) == "interrupted"
