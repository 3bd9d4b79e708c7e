"""Measurements take turns: a lock for the whole machine, which the kernel releases however its holder dies."""

import json
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import psutil

from bench.errors import BenchError
from bench.model import Seconds
from bench.system.locks import seized

VARIABLE = "BENCH_TURN"
"""Names another file, for harnesses that are known not to disturb each other."""
_PAUSE: Seconds = 0.2
_UNFOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LONGEST = 4096
_SHOWN = 80
_SLACK: Seconds = 2.0
"""A process's start is known by the clock's ticks, the turn's by the clock, which may have been set meanwhile."""


@dataclass(frozen=True)
class Holder:
    """Who measures: a process, its command, and the seconds of the epoch at which its turn began."""

    pid: int
    command: str
    since: float


def place() -> Path:
    """The file that is locked: one for all users of the machine, wherever their temporary files are."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    common = os.environ.get("PROGRAMDATA", r"C:\ProgramData") if os.name == "nt" else "/tmp"  # nosec B108  # noqa: S108
    return Path(common) / "deploybench.turn"


@contextmanager
def taken(
    command: str, *, wait: bool = True, still: Callable[[Holder | None], object] = lambda by: None
) -> Iterator[None]:
    """Have the turn for the length of a block; while it is another's, `still` is told again and again whose.

    Raises BenchError where it is another's and we do not wait, or where the file cannot be locked at all. A process has
    it once at a time.
    """
    path = place()
    while (descriptor := _locked(path)) is None:
        if not wait:
            raise BenchError(f"{told(holder(path))}: without --no-wait its end is waited for.")
        still(holder(path))
        time.sleep(_PAUSE)
    try:
        _sign(descriptor, Holder(os.getpid(), command, time.time()))
        yield
    finally:
        os.close(descriptor)


def holder(path: Path) -> Holder | None:
    """Who holds the lock, as the file says; None where that is not, or no more, to be believed."""
    try:
        with open(_opened(path, os.O_RDONLY), "rb") as file:
            said = msgspec.json.decode(file.read(_LONGEST), type=Holder)
        began = psutil.Process(said.pid).create_time()
        return said if began - _SLACK <= said.since <= time.time() + _SLACK else None
    except (BenchError, OSError, msgspec.DecodeError, psutil.Error, OverflowError, ValueError):
        # Nobody has signed yet, or the last who did was another: a file of another user's cannot be signed.
        return None


def told(by: Holder | None) -> str:
    """Who measures, as the beginning of a sentence."""
    if by is None:
        return "another harness is measuring on this machine"
    command = "".join(sign for sign in by.command if sign.isprintable())[:_SHOWN]
    since = time.strftime("%H:%M", time.localtime(by.since))
    return f"'{command}' (process {by.pid}) has been measuring here since {since}"


def _locked(path: Path) -> int | None:
    """A descriptor that holds the lock as long as it is open; None while another one does."""
    descriptor = _opened(path)
    try:
        if seized(descriptor) and _is(path, descriptor):
            return descriptor
    except OSError as error:
        os.close(descriptor)
        raise _unfit(path, error.strerror or str(error)) from None
    os.close(descriptor)
    return None


def _opened(path: Path, *ways: int) -> int:
    """The file's descriptor, read-only where it is another user's; programs that are started do not inherit it."""
    why = "its folder is not there"
    # Not with O_CREAT where it exists: in a sticky folder the kernel may refuse that for another user's file.
    for way in ways or (os.O_RDWR, os.O_RDWR | os.O_CREAT | os.O_EXCL, os.O_RDWR, os.O_RDONLY):
        try:
            descriptor = os.open(path, way | _UNFOLLOWED, 0o666)
        except FileExistsError:
            continue
        except OSError as error:
            # That a file is not there says less than why it cannot be made.
            why = (not isinstance(error, FileNotFoundError) and error.strerror) or why
            continue
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise _unfit(path, "it is no file")
        if way & os.O_CREAT and sys.platform != "win32":
            # Whatever the umask says: everybody who measures here signs it.
            os.fchmod(descriptor, 0o666)  # nosec B103  # it says who measures, and nothing is believed that it says
        return descriptor
    raise _unfit(path, why)


def _is(path: Path, descriptor: int) -> bool:
    """Whether the file is still at its place: who cleans up there may have removed it just before it was locked."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _sign(descriptor: int, by: Holder) -> None:
    with suppress(OSError):
        # Readable by everybody, so it names a command and none of its arguments, which may hold secrets.
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(asdict(by)).encode() + b"\n")


def _unfit(path: Path, why: str) -> BenchError:
    return BenchError(
        f"whether another harness measures cannot be told by {path}: {why}. Name another file in ${VARIABLE}."
    )
