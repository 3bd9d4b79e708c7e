"""What is seen while measuring is true, on a terminal and without one."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bench.model import Load, Record, Trial, Window
from bench.progress import watching

PLAN = (Trial("waitress", 0, 0, 1), Trial("dev", 0, 1, 2))
LOADS = (Load("capacity", duration=30.0, windows=2),)


def test_without_a_terminal_each_trial_is_a_line_with_its_figure_and_the_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    window = Window("capacity", "closed", connections=4, started=0.0, duration=2.0, responses=9000)
    with watching(PLAN, LOADS) as watch:
        watch.record(Record(PLAN[0], started=0.0, windows=(window,)))
        watch.record(Record(PLAN[1], started=0.0, failure="dev exited with status 3."))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "1/2 waitress, round 1: 4,500 responses/s",
        "2/2 dev, round 1: dev exited with status 3.",
    ]


def test_the_first_guess_of_the_time_left_comes_from_the_loads() -> None:
    with watching(PLAN, LOADS) as watch:
        assert watch._left(0) == " (about 2 min 4 s left)"


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_a_terminal_shows_the_row_its_phase_and_the_time_left_and_is_clean_afterwards(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "bench", "run", "waitress", "--rounds", "1", "--duration", "0.2"]
    terminal = {**os.environ, "TERM": "xterm"}
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower, cwd=tmp_path, env=terminal)
    os.close(follower)
    seen = b""
    try:
        while data := os.read(leader, 65536):
            seen += data
    except OSError:
        pass  # the terminal's other end is closed
    os.close(leader)
    assert child.wait() in (0, 1)
    assert b"0/1" in seen
    assert b"waitress" in seen
    assert b"capacity" in seen
    assert b"s left" in seen
    last = seen.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")[-1]
    assert b"the report is results/" in last
