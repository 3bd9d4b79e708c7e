"""What a server says into its log: the end of it as plain text, and never more on the disk than beginning and end."""

import os
from contextlib import suppress
from pathlib import Path

from bench.model import Bytes
from bench.system.discretion import discreet

LONGEST: Bytes = 4 << 20
_KEPT: Bytes = 512 << 10
_READ: Bytes = 64 << 10
_LINE = 400


def last(log: Path, lines: int = 12) -> tuple[str, ...]:
    """The end of a log as plain text, long lines cut, blank ones left out; nothing where there is no log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _READ))
            text = discreet(file.read(2 * _READ).decode(errors="replace"))
    except OSError:
        return ()
    said = (plain(line)[:_LINE] for line in text.splitlines())
    return tuple(line for line in said if line.strip())[-lines:]


def quoted(log: Path) -> str:
    """The very last of it, to end a sentence on its server with."""
    said = last(log, 5)
    return f"; it last said: {' | '.join(said)}" if said else "; it said nothing."


def plain(text: str) -> str:
    """Text without anything that a terminal would obey: no control characters, no changes of direction."""
    return "".join(sign for sign in text if sign.isprintable())


def bound(log: Path) -> None:
    """Cut out the middle of a log that has grown beyond LONGEST.

    Whoever appends to it goes on behind its end; what is said in this very moment may be lost.
    """
    with suppress(OSError):
        size = os.stat(log).st_size
        if size <= LONGEST:
            return
        with open(log, "r+b") as file:
            file.seek(size - _KEPT)
            end = file.read(_KEPT)
            file.truncate(_KEPT)
        with open(log, "ab") as file:
            file.write(b"\n... %d bytes left out by bench ...\n" % (size - 2 * _KEPT) + end + b"\n")
