"""What is seen while measuring is true, on a terminal and without one."""

import io
import math
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as some
from rich.console import Console
from rich.live import Live
from scipy import stats as reference

from bench.judgement import Estimate
from bench.model import Load, Record, Run, Trial, Window
from bench.outlook import Outlook
from bench.progress import LiveWatch, watching
from bench.running.precision import Standing
from bench.running.session import Step

ROWS = ("waitress", "dev")
RUN = synthetic.run(tuple(map(synthetic.sound, ROWS)), loads=(Load("capacity", duration=30.0, windows=2),), rounds=2)
OPEN_ENDED = replace(RUN, rounds=None, precision=0.02, max_time=300.0)
STUDENT = dict(enumerate(reference.t.ppf(0.975, range(1, 1000)).tolist(), start=2))
"""How far an interval of so many rounds goes, in standard errors."""
WINDOW = Window("capacity", "closed", connections=4, started=0.0, duration=2.0, responses=9000)


def known(at: int, **reaches: float) -> Standing:
    """A round after which rows' throughput is known to so much."""
    rows = {
        name: {"throughput": Estimate(100.0, 100 - 100 * reach, 100 + 100 * reach)} for name, reach in reaches.items()
    }
    return Standing(at, rows, 0.02)  # type: ignore[arg-type]


def outlook(*reaches: float, run: Run = OPEN_ENDED) -> Outlook:
    seen = Outlook(run)
    for at, reach in enumerate(reaches):
        seen.rank(known(at, waitress=reach, dev=0.01))
    return seen


def test_without_a_terminal_each_launch_and_each_round_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(RUN) as watch:
        watch.record(Record(Trial("waitress", 1, 0, 1), started=0.0, windows=(WINDOW,)))
        watch.record(Record(Trial("dev", 1, 1, 1), started=0.0, failure="dev exited with status 3."))
        watch.rank(known(1, waitress=0.01))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "waitress, round 2: 4,500 responses/s",
        "dev, round 2: dev exited with status 3.",
        "round 2 of 2",
    ]


def test_a_round_says_how_many_rows_are_precise_enough(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(OPEN_ENDED) as watch:
        watch.rank(known(0, waitress=0.05, dev=0.01))
    assert capsys.readouterr().err.startswith("round 1: 1 of 2 rows are known to ±2 %")


def test_the_first_guess_of_the_time_left_comes_from_the_loads() -> None:
    assert Outlook(RUN).left == pytest.approx(2 * 2 * 61, abs=1)
    assert Outlook(OPEN_ENDED).left == pytest.approx(300, abs=1)


def test_rounds_still_needed_follow_from_the_widest_interval() -> None:
    assert outlook(0.3, 0.2, 0.1).needed == 17
    assert dict(outlook(0.3, 0.2, 0.1).rows()) == {"waitress": "±10.0 %, 14 more rounds", "dev": "±1.0 %"}
    assert outlook(0.3, 0.1, 0.021).needed == 4
    assert outlook(0.02, 0.01).needed == 3
    alone = {"waitress": OPEN_ENDED.servers["waitress"]}
    assert outlook(0.02, 0.01, run=replace(OPEN_ENDED, servers=alone)).needed == 8
    assert outlook(0.08, run=RUN).needed == 2


@given(some.integers(2, 12), some.floats(0.005, 0.2))
def test_so_many_rounds_are_needed_as_students_interval_takes_of_the_same_scatter(rounds: int, scatter: float) -> None:
    reaches = [math.expm1(scatter * STUDENT[at] / math.sqrt(at)) for at in range(2, rounds + 1)]
    enough = (at for at in STUDENT if at >= max(rounds, 3) and scatter * STUDENT[at] <= math.log(1.02) * math.sqrt(at))
    needed = outlook(1.0, *reaches).needed
    assert needed is not None
    assert abs(needed - next(enough)) <= 1


def test_the_row_of_which_least_is_known_comes_first_and_its_bars_shrink() -> None:
    seen = outlook(0.08, 0.04, 0.02)
    assert [name for name, _ in seen.rows()] == ["waitress", "dev"]
    assert seen.history("waitress") == "█▄▂"
    assert seen.history("waitress", plain=True).isascii()


def test_a_row_that_failed_says_so_instead() -> None:
    seen = Outlook(OPEN_ENDED)
    seen.record(Record(Trial("dev", 0, 0, 1), started=0.0, failure="dev exited with status 3."))
    seen.rank(known(0, waitress=0.05))
    assert dict(seen.rows())["dev"] == "failed"


def drawn(width: int, height: int, encoding: str) -> list[str]:
    """What a terminal of that size shows in the end."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=width, height=height, force_terminal=True, color_system=None)
    with Live(console=console, auto_refresh=False) as live:
        watch = LiveWatch(OPEN_ENDED, live)
        watch.rank(known(0, waitress=0.08, dev=0.01))
        watch.step(Step(1, "half", "waitress", 4500.0))
        file.flush()
        said = file.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    return [line.strip("\r") for line in said.rpartition("\x1b[2K")[2].splitlines()]


def test_a_terminal_shows_phase_speed_time_and_every_rows_interval() -> None:
    head, first, second = drawn(100, 30, "utf-8")
    assert head.startswith("round 2 · half · waitress 4,500/s")
    assert first.split() == ["waitress", "█", "±8.0", "%,", "2", "more", "rounds"]
    assert second.split()[:3] == ["dev", "█", "±1.0"]


@pytest.mark.parametrize(("width", "height", "encoding"), [(30, 30, "utf-8"), (80, 2, "utf-8"), (80, 24, "ascii")])
def test_a_small_or_plain_terminal_shows_what_it_can(width: int, height: int, encoding: str) -> None:
    lines = drawn(width, height, encoding)
    assert 1 <= len(lines) <= height
    assert all(len(line) < width for line in lines)
    assert lines[0].startswith("round 2 ")


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_a_terminal_shows_the_row_its_phase_and_the_time_left_and_is_clean_afterwards(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "bench", "run", "waitress", "--rounds", "1", "--duration", "0.1"]
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
    assert b"waitress" in seen
    assert b"capacity" in seen
    assert b"s left" in seen
    last = seen.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")[-1]
    assert b"the report is results/" in last
