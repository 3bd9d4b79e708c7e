"""Two harnesses at once on one machine: measurements never overlap, and a lock never outlives who held it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.errors import BenchError
from bench.system import turn
from bench.system.turn import Holder

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals and users")
HOLDING = """
import os, sys
from bench.system import turn
if len(sys.argv) > 1 and os.geteuid() == 0:
    os.setuid(int(sys.argv[1]))
with turn.taken("bench gate"):
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(turn.VARIABLE, str(tmp_path / "turn"))
    return tmp_path / "turn"


@contextmanager
def another(user: int | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that has the turn; of another user where we are root."""
    argv = [sys.executable, "-c", HOLDING, *([str(user)] if user else [])]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"mine\n"
        try:
            yield process
        finally:
            process.kill()


def bench(*arguments: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-m", "bench", *arguments]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.fault(
    "harness", "a second one begins on the same machine", "it names who is measuring and waits for its end"
)
def test_the_second_harness_says_who_measures_and_waits(place: Path) -> None:
    with another() as first, bench("check", "waitress") as second:
        assert second.stderr
        line = second.stderr.readline()
        assert line.startswith(f"bench: 'bench gate' (process {first.pid}) has been measuring here since ")
        assert "waiting for its end" in line
        assert second.poll() is None
        first.communicate()
        said, _ = second.communicate(timeout=60)
        assert second.returncode == 0
        assert "✓ waitress" in said


@pytest.mark.fault(
    "harness", "a second one begins, told not to wait", "it is refused with the other's process, command and start"
)
def test_a_harness_told_not_to_wait_is_refused(place: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    with another() as first, bench("run", "waitress", "--no-wait", "--results", str(results)) as second:
        said, words = second.communicate(timeout=60)
    assert (second.returncode, said) == (2, "")
    assert f"'bench gate' (process {first.pid}) has been measuring" in words
    assert "Traceback" not in words
    assert not results.exists()


@POSIX
@pytest.mark.fault("harness", "the one that is measuring is killed", "the next one's turn comes at once")
def test_a_killed_holder_holds_nothing(place: Path) -> None:
    with another() as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert json.loads(place.read_text())["pid"] == first.pid
        with turn.taken("bench run", wait=False):
            assert turn.holder(place) == Holder(os.getpid(), "bench run", pytest.approx(time.time(), abs=60))


@POSIX
def test_what_a_holder_starts_does_not_hold_it(place: Path) -> None:
    with turn.taken("bench run"):
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    with child, turn.taken("bench run", wait=False):
        child.communicate()


@pytest.mark.fault(
    "harness", "the lock names a process that is no more, or says nothing", "nobody is blamed, and the lock counts"
)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[" * 5000,
        b'{"pid": 999999999, "command": "x", "since": 1}',
        b'{"pid": 1e400, "command": "x", "since": 1}',
        b'{"pid": -1, "command": "x", "since": 1}',
        b'{"pid": 1, "command": "x", "since": 1e300}',
        b'{"pid": 1, "command": "x", "since": 0}',
    ],
)
def test_content_that_cannot_be_believed_is_not(place: Path, content: bytes) -> None:
    with another():
        place.write_bytes(content)
        with (
            pytest.raises(BenchError, match=r"^another harness is measuring on this machine"),
            turn.taken("x", wait=False),
        ):
            pass
    with turn.taken("bench run", wait=False):
        assert turn.holder(place)


def test_a_hostile_command_moves_no_terminal() -> None:
    assert "\x1b" not in turn.told(Holder(1, "\x1b[2J" * 100, 0.0))
    assert len(turn.told(Holder(1, "x" * 5000, 0.0))) < 200


@POSIX
@pytest.mark.fault(
    "harness", "the lock belongs to another user and cannot be written", "it is locked all the same, between both"
)
def test_a_lock_of_another_user_is_still_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        place = Path(folder) / "turn"
        monkeypatch.setenv(turn.VARIABLE, str(place))
        place.touch()
        place.chmod(0o444)
        with another(user=65534) as other:
            assert place.read_bytes() == b""
            refused = pytest.raises(BenchError, match="another harness is measuring")
            with refused, turn.taken("bench run", wait=False):
                pass
            other.communicate()
        with turn.taken("bench run", wait=False):
            pass


@POSIX
@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_every_user_may_sign_the_lock_that_one_made(place: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with turn.taken("bench run"):
            assert place.stat().st_mode & 0o777 == 0o666
    finally:
        os.umask(before)


@POSIX
@pytest.mark.fault(
    "security", "somebody puts a link, a pipe or a folder where the lock belongs", "it is refused, and nothing written"
)
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_of_ours_is_refused(place: Path, kind: str) -> None:
    precious = place.with_name("precious")
    precious.write_text("mine")
    {
        "link": lambda: place.symlink_to(precious),
        "pipe": lambda: os.mkfifo(place),
        "folder": place.mkdir,
    }[kind]()
    with pytest.raises(BenchError, match=r"cannot be told by .*\. Name another file in \$BENCH_TURN"), turn.taken("x"):
        pass
    assert precious.read_text() == "mine"


def test_a_lock_removed_while_it_was_waited_for_is_made_anew(place: Path) -> None:
    seen = []

    def remove(by: Holder | None) -> None:
        seen.append(by)
        if len(seen) == 1:
            place.unlink()

    with another(), turn.taken("bench run", still=remove):
        assert turn.holder(place)
    assert len(seen) == 1


def test_without_the_variable_it_is_one_file_for_all_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(turn.VARIABLE, "")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert not turn.place().is_relative_to(tmp_path)
    assert turn.place().name == "deploybench.turn"
