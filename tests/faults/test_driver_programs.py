"""Load programs that are missing, too old, broken, endless: one sentence each, exit 2, and nothing of them left."""

import shutil
import signal
import sys
from pathlib import Path

import psutil
import pytest
from loading import Harness, Start, left
from scripted import Scripted
from waiting import eventually

OUTPUTS = Path(__file__).parents[1] / "outputs"
WRK = shutil.which("wrk")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets orphans be adopted")
BROKEN = [
    pytest.param(
        None,
        r"the driver 'wrk' is not installed here: `apt install wrk`, or build it from http",
        marks=pytest.mark.fault("driver", "its program is missing", "the command that installs it is said, exit 2"),
        id="missing",
    ),
    pytest.param(
        "echo \"wrk: unrecognized option '--script'\" >&2; exit 1",
        r"wrk failed with status 1; it said: wrk: unrecognized option '--script'",
        marks=pytest.mark.fault("driver", "its program is too old and lacks an option", "the option is named, exit 2"),
        id="too old",
    ),
    pytest.param(
        "kill -SEGV $$",
        "wrk was ended by SIGSEGV and said nothing.",
        marks=pytest.mark.fault("driver", "its program crashes (SIGSEGV)", "the signal is named, exit 2"),
        id="crashing",
    ),
    pytest.param(
        "echo broken >&2; exit 3",
        "wrk failed with status 3; it said: broken",
        marks=pytest.mark.fault("driver", "its program fails", "its status and last words are told, exit 2"),
        id="failing",
    ),
    pytest.param(
        "exit 0",
        "wrk said nothing that could be understood; its last line: nothing",
        marks=pytest.mark.fault("driver", "its program prints nothing", "said in a sentence, never a zero, exit 2"),
        id="silent",
    ),
    pytest.param(
        "head -c 200000 /dev/urandom",
        "wrk said nothing that could be understood; its last line: ",
        marks=pytest.mark.fault("driver", "its program prints binary garbage", "said in plain characters, exit 2"),
        id="garbage",
    ),
    pytest.param(
        f"head -c 20000 {OUTPUTS}/wrk.txt",
        "wrk said nothing that could be understood; its last line: ",
        marks=pytest.mark.fault("driver", "its program's answer is cut in half", "said in a sentence, exit 2"),
        id="cut",
    ),
    pytest.param(
        "exec yes",
        "wrk was ended, for it printed more than 64 MiB.",
        marks=pytest.mark.fault("driver", "its program prints without end", "it is ended at 64 MiB, exit 2"),
        id="talkative",
    ),
    pytest.param(
        "exec yes >&2",
        "wrk was ended, for it printed more than 64 MiB; it said: y",
        marks=pytest.mark.fault("driver", "its program complains without end", "it is ended at 64 MiB, exit 2"),
        id="complaining",
    ),
    pytest.param(
        "sleep 1000 & setsid sleep 1000 & exec sleep 1000",
        "wrk had not ended 2 s after it was started, and was killed.",
        marks=[
            pytest.mark.fault("driver", "its program hangs, and so do its children", "all are killed in time, exit 2"),
            LINUX,
        ],
        id="hanging",
    ),
    pytest.param(
        f"sleep 1000 & setsid sleep 1000 & head -c 20000 {OUTPUTS}/wrk.txt",
        "wrk said nothing that could be understood",
        marks=[
            pytest.mark.fault("driver", "its program leaves processes behind", "they are killed with its end"),
            LINUX,
        ],
        id="leaving children",
    ),
    pytest.param("#", "wrk failed with status 1; it said: error: it cannot be started: Exec format", id="no program"),
]


@pytest.mark.parametrize(("script", "words"), BROKEN)
def test_what_is_wrong_with_a_program_is_one_sentence(
    start: Start, server: Scripted, tmp_path: Path, script: str | None, words: str
) -> None:
    started = start(script, server.url, patience=1.0 if "had not ended" in words else 30.0)
    assert started.sentence().startswith(f"bench: {words}")
    assert left(tmp_path) == []


@pytest.mark.fault("driver", "its program writes 20 MB of warnings", "its figures are read all the same")
def test_a_program_may_complain_at_length(start: Start, server: Scripted, tmp_path: Path) -> None:
    started = start(f"yes '\033[31mwarning' | head -c 20000000 >&2; printf warning >&2; exec {WRK} \"$@\"", server.url)
    assert "responses that wrk took for right in" in started.answer()
    assert left(tmp_path) == []


def driver(started: Harness) -> psutil.Process:
    """The real wrk, once it loads the server."""
    return eventually(lambda: next((one for one in started.descendants() if one.name() == "wrk"), None))


@pytest.mark.fault("driver", "its process is killed in mid-window", "the signal is named, exit 2, nothing published")
def test_a_program_that_is_killed_in_mid_window_is_told_with_the_signal(
    start: Start, server: Scripted, tmp_path: Path
) -> None:
    asked = len(server.requests)
    started = start(f'exec {WRK} "$@"', server.url, "--duration", 60)
    eventually(lambda: len(server.requests) > asked + 100)
    driver(started).kill()
    assert started.sentence() == "bench: wrk was ended by SIGKILL and said nothing."
    assert left(tmp_path) == []


@pytest.mark.fault("driver", "its process is stopped (SIGSTOP) in mid-window", "it is killed in time, exit 2")
@pytest.mark.parametrize("whole", [False, True], ids=["program", "program and keeper"])
def test_a_program_that_is_stopped_is_killed_in_time(
    start: Start, server: Scripted, tmp_path: Path, whole: bool
) -> None:
    asked = len(server.requests)
    started = start(f'exec {WRK} "$@"', server.url, "--duration", 8, patience=1.0)
    eventually(lambda: len(server.requests) > asked)
    stopped = [driver(started), *([driver(started).parent()] if whole else [])]
    for process in stopped:
        assert process
        process.send_signal(signal.SIGSTOP)
    assert started.sentence() == "bench: wrk had not ended 10 s after it was started, and was killed."
    assert left(tmp_path) == []


@pytest.mark.fault("driver", "the keeper of its process is killed", "the program dies with it, exit 2")
def test_a_program_whose_keeper_is_killed_dies_with_it(start: Start, server: Scripted, tmp_path: Path) -> None:
    asked = len(server.requests)
    started = start(f'exec {WRK} "$@"', server.url, "--duration", 60)
    eventually(lambda: len(server.requests) > asked)
    keeper = driver(started).parent()
    assert keeper
    keeper.kill()
    assert started.sentence() == "bench: wrk was ended by SIGKILL and said nothing."
    assert left(tmp_path) == []
