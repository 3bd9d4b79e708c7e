"""Running somebody's program for a bounded time, with nothing left of it afterwards, whatever it does meanwhile."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Thread
from typing import IO, Any

from bench.drivers import leash
from bench.errors import DriverError
from bench.model import Bytes, Seconds

_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR", "COMSPEC")
"""What programs of others get of our environment: no secret, and no proxy between them and the server."""
_GRACE: Seconds = 2.0
_PIECE: Bytes = 64 << 10
_LONGEST_WORDS = 300
_TALKATIVE = f"was ended, for it printed more than {leash.LONGEST >> 20} MiB"


@dataclass(frozen=True)
class Ran:
    """What a program printed, and what it and its children used; None where the system does not tell."""

    output: str
    cpu: Seconds | None
    memory: Bytes | None


def run(argv: Sequence[str], cores: Sequence[int], limit: Seconds) -> Ran:
    """Run a program to its end; it ends with us, whatever ends us. DriverError when it fails or takes too long."""
    name = os.path.basename(argv[0])
    with TemporaryFile() as words, TemporaryDirectory() as home:
        leashed = [sys.executable, "-I", leash.__file__, ",".join(map(str, cores)) or "-", home, *argv]
        with _started(leashed, home, words) as process:
            output = _heard(process, name, limit)
        lines = last_lines(words)
        told = _understood(lines[-1] if lines else "")
        if told is None:
            raise DriverError(f"{name} {fate(process.returncode)}{said(lines)}")
        if told["status"]:
            raise DriverError(f"{name} {fate(told['status'])}{said(lines[:-1])}")
        return Ran(output.decode(errors="replace"), told["cpu"], told["memory"])


def _heard(process: "subprocess.Popen[bytes]", name: str, limit: Seconds) -> bytes:
    """All that a program prints until it ends."""
    output = bytearray()
    reader = Thread(target=_read, args=(process, output), daemon=True)
    reader.start()
    reader.join(limit)
    if len(output) > leash.LONGEST:
        raise DriverError(f"{name} {_TALKATIVE}.")
    with suppress(subprocess.TimeoutExpired):
        if not reader.is_alive():
            process.wait(_GRACE)
            return bytes(output)
    raise DriverError(f"{name} had not ended {limit:.0f} s after it was started, and was killed.")


def _read(process: "subprocess.Popen[bytes]", output: bytearray) -> None:
    assert process.stdout  # noqa: S101
    # it is closed before its end only where the program is given up
    with suppress(OSError, ValueError):
        while len(output) <= leash.LONGEST and (piece := os.read(process.stdout.fileno(), _PIECE)):
            output += piece


@contextmanager
def _started(argv: list[str], home: str, words: IO[bytes]) -> "Iterator[subprocess.Popen[bytes]]":
    """A leashed program for as long as the context lasts."""
    with subprocess.Popen(
        argv,
        cwd=home,
        env={**{name: os.environ[name] for name in _KEPT if name in os.environ}, "HOME": home, "TMPDIR": home},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin  # noqa: S101
            # letting go of the leash ends the program
            process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            # unless the leash itself was stopped or killed
            if sys.platform != "win32":
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()


def _understood(line: str) -> Mapping[str, Any] | None:
    """What the leash says at its end; None when it did not come to that."""
    try:
        return dict(json.loads(line))
    except (ValueError, TypeError):
        return None


def fate(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"failed with status {status}"
    if status == -getattr(signal, "SIGXFSZ", 0):
        return _TALKATIVE
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


def said(lines: Sequence[str]) -> str:
    """The line that tells most: one that begins like an error, for the last may only point to the manual."""
    line = next((line for line in lines if line.lower().startswith("error")), lines[-1] if lines else "")
    return f"; it said: {line}" if line else " and said nothing."


def last_lines(words: IO[bytes]) -> list[str]:
    """The last lines of a file as plain text, nothing in them that a terminal would obey."""
    words.seek(max(0, words.seek(0, os.SEEK_END) - _PIECE))
    lines = words.read().decode(errors="replace").splitlines()
    plain = ("".join(sign for sign in line if sign.isprintable()).strip()[:_LONGEST_WORDS] for line in lines)
    return [line for line in plain if line]
