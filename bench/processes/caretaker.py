"""One temporary folder for everything a command starts, and a process that sees to both when the command is killed.

The process notices by its standard input, which the kernel closes however the command dies. It gives wardens a moment
to end their trees, ends what is left, removes the folder, and shows the terminal's cursor again. Where it is killed
too, the next command does so: a folder whose lock nobody holds is nobody's any more.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.errors import BenchError
from bench.processes import strays

_PATIENCE = 1.2
_PREFIX = "deploybench-"
_LOCK = ".held-while-it-runs"
_ORDERLY = b"over"
_CURSOR = "\033[?25h"


@contextmanager
def present() -> Iterator[None]:
    """For the length of a block all temporary files are made in one folder; nothing of it or in it is left afterwards.

    Raises BenchError where no folder can be made.
    """
    if sys.platform == "win32":
        # What is started ends by a Job there.
        yield
        return
    _tidy(Path(tempfile.gettempdir()))
    folder, lock = _made()
    try:
        process = _started(folder, lock)
    except OSError:
        _clear(folder)
        os.close(lock)
        raise
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before[0]
        os.environ.pop("TMPDIR")
        os.environ.update({"TMPDIR": before[1]} if before[1] is not None else {})
        process.communicate(_ORDERLY)
        _clear(folder)
        os.close(lock)


def lasting() -> Path:
    """Where a temporary file outlives the command."""
    place = Path(tempfile.gettempdir())
    return place.parent if (place / _LOCK).exists() else place


def main(folder: str) -> None:
    """Wait for the end of the standard input, then for that of everything in the folder; do not wait for long."""
    if sys.platform == "win32":
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    killed = sys.stdin.buffer.read() != _ORDERLY
    limit = time.monotonic() + _PATIENCE
    while strays.living(folder) and time.monotonic() < limit:
        time.sleep(0.02)
    _clear(Path(folder))
    if killed and sys.stderr.isatty():
        print(end=_CURSOR, file=sys.stderr, flush=True)


def _made() -> tuple[Path, int]:
    """A folder, and the descriptor that holds its lock: who has it is alive."""
    if sys.platform == "win32":
        raise NotImplementedError
    import fcntl

    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        if os.geteuid() == 0:
            # What root starts may work as nobody, who must reach the sockets in here.
            folder.chmod(0o711)
        lock = os.open(folder / "new", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Under this name it is never seen without being held.
        (folder / "new").rename(folder / _LOCK)
    except OSError as error:
        raise BenchError(f"there is no place for temporary files: {error}. Set TMPDIR to one.") from None
    return folder, lock


def _started(folder: Path, lock: int) -> "subprocess.Popen[bytes]":
    root = str(Path(__file__).resolve().parents[2])
    return subprocess.Popen(
        [sys.executable, "-P", "-S", "-m", "bench.processes.caretaker", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=None if os.isatty(2) else subprocess.DEVNULL,
        env={"PYTHONPATH": root},
        pass_fds=[lock],
        start_new_session=True,
    )


def _tidy(place: Path) -> None:
    """End and remove what a command that was killed together with its caretaker has left there."""
    if sys.platform == "win32":
        return
    import fcntl

    for lock in place.glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError):
            if lock.lstat().st_uid != os.geteuid() or lock.parent.lstat().st_uid != os.geteuid():
                continue
            descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _clear(lock.parent)
            finally:
                os.close(descriptor)


def _clear(folder: Path) -> None:
    strays.end(folder)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
