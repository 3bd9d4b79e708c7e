"""Standard streams that may be closed, or lose whoever reads them, at any time: no measurement is lost by that."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Unheard:
    """Standard error as it is; once nobody can read it any more, what is written goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        _hush(self._stream)


def printed(text: str) -> None:
    """Print on standard output what is kept elsewhere as well, if anybody still reads it."""
    try:
        print(text, flush=True)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        _hush(sys.stdout)


def _hush(stream: TextIO) -> None:
    # What is still in the stream's buffer must go somewhere, too, or Python ends with an error.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def sure() -> Iterator[None]:
    """For the length of a block, all three streams are open, and writing to standard error cannot fail."""
    for descriptor in range(3):
        _opened(descriptor)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # To files and pipes Windows writes in an old code page, which has no sign for much of what is said.
            stream.reconfigure(encoding="utf-8" if sys.platform == "win32" else None, errors="replace")
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    before = sys.stderr
    sys.stderr = Unheard(before or os.fdopen(2, "w", closefd=False))
    try:
        yield
    finally:
        sys.stderr = before


def _opened(descriptor: int) -> None:
    """Have it open, lest a file that is opened later gets its number and what is meant for a stream."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)
