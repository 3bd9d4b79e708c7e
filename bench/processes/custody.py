"""The harness's side of a warden: hand over commands, learn what became of them, have the whole tree ended."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bench.errors import BenchError
from bench.processes import strays
from bench.system import confines, shortage

GRACE = 1.5
HURRY = 0.3
_PATIENCE = 5.0
"""Seconds that a warden may take beyond the time it was told: one that takes longer is stopped or stuck."""
_LONGEST_START = 30.0
DONE = "exited with status 0"
_APART = 0
if sys.platform == "win32":
    # A console of its own, unseen: what interrupts the harness is not for it, and its commands can be asked to end.
    _APART = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP


@dataclass(frozen=True)
class Stopped:
    """How a tree ended: seconds until its commands had, how many processes had to be killed, and how many are left."""

    seconds: float | None
    killed: int | None
    left: int | None


class Ward:
    """A process tree in custody: below `pid`, its commands' `pids` in the order they were given."""

    def __init__(self, warden: subprocess.Popen[bytes], folder: Path, least: float) -> None:
        self.pid = warden.pid
        self.pids: tuple[int, ...] = ()
        self.stopped = Stopped(None, None, None)
        self._warden, self._folder, self._least = warden, folder, least
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._starvelings = confines.killed() or 0
        self._listener = threading.Thread(target=self._listen, args=(warden.stdout,), daemon=True)
        self._listener.start()

    def ended(self, wait: float = 0.0) -> str | None:
        """Why the tree is no longer whole, waiting for that so long; None while all its commands run."""
        try:
            event = self._events.get(timeout=wait) if wait else self._events.get_nowait()
        except queue.Empty:
            return None
        if "exited" in event:
            return _fate(event["status"]) + self._starved(event["status"])
        return str(event.get("failed", "lost its warden"))

    def _starved(self, status: int) -> str:
        """What is to be said of one that the kernel has killed, and nobody else, for want of memory."""
        if sys.platform == "win32" or status != -signal.SIGKILL or (confines.killed() or 0) <= self._starvelings:
            return ""
        limit = confines.memory_limit()
        return " for want of memory" + (f": the control group has {limit / 2**20:,.0f} MiB" if limit else "")

    def begin(self, order: Mapping[str, Any]) -> None:
        """Hand the order over; every command has been started, or one could not be, when this returns."""
        self._say(order)
        try:
            event = self._events.get(timeout=_LONGEST_START)
        except queue.Empty:
            event = {"failed": f"the warden of {order['commands'][-1][0]} did not begin in {_LONGEST_START:.0f} s"}
        if "started" not in event:
            raise BenchError(f"{event.get('failed', 'the warden was ended before it had begun')}.")
        self.pid, self.pids = event["warden"], tuple(event["started"])

    def dismiss(self, grace: float | None = None) -> None:
        """Tell the tree to end, and do not wait for it; `stop` does."""
        self._say({"grace": GRACE if grace is None else grace})

    def condemn(self, reason: str) -> None:
        """End the tree at once, and have `ended` give this reason."""
        self._events.put({"failed": reason})
        self.dismiss(0.0)

    def stop(self, grace: float = GRACE) -> Stopped:
        """End the tree; nothing of it lives when this returns."""
        self._say({"grace": grace})
        if self._warden.stdin:
            self._close(self._warden.stdin)
        self._await(max(grace, self._least) + _PATIENCE)
        self._listener.join()
        while not self._events.empty():
            event = self._events.get()
            if "stopped" in event:
                self.stopped = Stopped(**event["stopped"])
        if self.stopped.left is None:
            # Both halves of the warden were ended.
            strays.end(self._folder)
        return self.stopped

    def _await(self, limit: float) -> None:
        try:
            self._warden.wait(limit)
        except subprocess.TimeoutExpired:
            # Its other half ends the tree then; or else the kernel and we do.
            with suppress(ProcessLookupError):
                os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            with suppress(subprocess.TimeoutExpired):
                self._warden.wait(_PATIENCE)
            self._warden.kill()
            self._warden.wait()

    def _say(self, order: Mapping[str, Any]) -> None:
        assert self._warden.stdin  # noqa: S101
        try:
            self._warden.stdin.write(json.dumps(order).encode() + b"\n")
            self._warden.stdin.flush()
        except (OSError, ValueError):
            # A warden that is gone has said so, or ended with its tree.
            return

    def _close(self, stream: IO[bytes]) -> None:
        try:
            stream.close()
        except OSError:
            return

    def _listen(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._events.put(json.loads(line))
        self._events.put({"lost": True})


@contextmanager
def custody(
    commands: Sequence[Sequence[str]],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    cores: Collection[int] | None = None,
    stop: str = "TERM",
    least: float = 0.0,
    clear: bool = False,
) -> Iterator[Ward]:
    """Run commands as one tree under a warden of its own; the tree is ended when the block is left, in whatever way.

    It is given `least` seconds to end in order, in whatever hurry somebody is. With `clear` the folder goes with it,
    even where the harness cannot see to it any more.
    """
    ward = _begun(folder, least)
    try:
        ward.begin(
            {
                "commands": [list(argv) for argv in commands],
                "folder": str(folder),
                "log": str(log),
                "environment": dict(environment),
                "cores": sorted(cores) if cores else None,
                "stop": stop,
                "least": least,
                "clear": clear,
            }
        )
        yield ward
    except Exception:
        ward.stop()
        raise
    except BaseException:
        # Somebody is waiting for the harness to end.
        ward.stop(HURRY)
        raise
    else:
        ward.stop()


def _begun(folder: Path, least: float) -> Ward:
    try:
        return Ward(_warden(), folder, least)
    except (OSError, RuntimeError) as error:
        raise BenchError(f"a server's warden cannot be started: {shortage.told(error) or error}.") from None


def _warden() -> subprocess.Popen[bytes]:
    # Not installed, `bench` is found beside this file; -P keeps the user's folder from shadowing anything.
    root = str(Path(__file__).resolve().parents[2])
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "bench.processes.warden_windows" if sys.platform == "win32" else "bench.processes.warden",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
        start_new_session=True,
        creationflags=_APART,
        close_fds=True,
    )


def _fate(status: int) -> str:
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
