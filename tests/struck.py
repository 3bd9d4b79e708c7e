"""Commands that are struck by a signal at a known moment, and what they leave behind."""

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from waiting import LONGEST, remaining

ANNOUNCING = Path(__file__).parent / "announcing.py"
ROOT = ANNOUNCING.parent.parent


@dataclass
class Command:
    """A `bench` that is running: `room` is where its temporary files are, and nobody else's."""

    process: "subprocess.Popen[str]"
    room: Path
    announced: int
    leave: int
    known: list[psutil.Process] = field(default_factory=list)

    def until(self, moment: str) -> None:
        """Wait until it has come there; it stays there until it is let go."""
        assert select.select([self.announced], [], [], LONGEST)[0], f"it never came to {moment}"
        said = os.read(self.announced, 4096).decode()
        assert said == f"{moment}\n", said or self.process.communicate()
        with suppress(psutil.NoSuchProcess):
            self.known += psutil.Process(self.process.pid).children(recursive=True)

    def go(self) -> None:
        with suppress(BrokenPipeError):
            os.write(self.leave, b".")

    def strike(self, number: int) -> None:
        """Send a signal where it is, and let it go on."""
        self.process.send_signal(number)
        self.go()

    def left(self) -> list[str]:
        """What there is of it now, beside itself: processes and files."""
        members = {process.pid: process for process in self.known if process.is_running()}
        members |= {process.pid: process for process in psutil.process_iter() if _lives_in(process, self.room)}
        return [*map(_told, filter(_lives, members.values())), *map(str, self.room.iterdir())]


@dataclass(frozen=True)
class Outcome:
    """What became of it: its exit status, its words, and what was left of it two seconds later."""

    status: int
    out: str
    err: str
    left: list[str]


@contextmanager
def running(
    arguments: Sequence[object], folder: Path, *moments: str, nice: Sequence[str] = (), **more: object
) -> Iterator[Command]:
    """A command in a folder, that will announce these moments."""
    with tempfile.TemporaryDirectory(prefix="t-") as room:
        Path(room).chmod(0o711)
        told, leave = os.pipe(), os.pipe()
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TMPDIR": room,
            "BENCH_TURN": str(folder / "turn"),
            "ANNOUNCED": " ".join(moments),
            "ANNOUNCED_ON": f"{told[1]} {leave[0]}",
        }
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True, **more}
        argv = [*nice, sys.executable, str(ANNOUNCING), *map(str, arguments)]
        process = subprocess.Popen(  # type: ignore[call-overload]
            argv, text=True, cwd=folder, env=environment, pass_fds=[told[1], leave[0]], **streams
        )
        os.close(told[1])
        os.close(leave[0])
        try:
            yield Command(process, Path(room), told[0], leave[1])
        finally:
            process.kill()
            process.communicate()
            os.close(told[0])
            os.close(leave[1])


def outcome(command: Command) -> Outcome:
    """See its end, and wait for what is left to go: two seconds, and as much as this machine is too busy for that."""
    out, err = command.process.communicate(timeout=LONGEST)
    return Outcome(command.process.returncode, out, err, remaining(command.left, _here(2)))


def left_after(processes: Sequence[psutil.Process], seconds: float) -> list[str]:
    """Those of the processes that live longer than that, and than this machine is too busy for."""
    return list(map(_told, remaining(lambda: list(filter(_lives, processes)), _here(seconds))))


def _here(seconds: float) -> float:
    """As much longer as this machine has more to do than it can: over the last minute, or at this moment."""
    running = 0
    with suppress(OSError):
        running = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0]) - 1
    return seconds * max(1.0, max(os.getloadavg()[0], running) / (os.cpu_count() or 1))


def _lives_in(process: psutil.Process, room: Path) -> bool:
    try:
        return process.pid != os.getpid() and (
            process.environ().get("TMPDIR", "").startswith(str(room)) or process.cwd().startswith(str(room))
        )
    except psutil.Error:
        return False


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _told(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return f"{process.pid} {process.cmdline()}"
    return str(process.pid)
