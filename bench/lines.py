"""The lines of a results file as bytes: each ends with a checksum of itself, so that a digit that changed is seen."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

import msgspec

from bench.model import Record, Run

End = Literal["complete", "interrupted"]

LONGEST = 64 << 20
"""Bytes of a line: far more than any record has, far less than memory."""
_PIECE = 1 << 20
_CHECK = b',"check":'


@dataclass(frozen=True)
class Line:
    """One line of the file: the run first, then records as they come, the end last; `format` stands in the first.

    `resumed` is when somebody went on with the run, in UTC; what follows was measured after that. `check` ends each
    line: the CRC-32 of all bytes of the line before it, eight hexadecimal digits. Lines that an older version wrote
    have none.
    """

    format: int | None = None
    run: Run | None = None
    record: Record | None = None
    end: End | None = None
    resumed: str | None = None
    check: str | None = None


def sealed(line: Line) -> bytes:
    """A line as it is written, with its checksum."""
    return _sealed(msgspec.json.encode(line).rpartition(_CHECK)[0]) + b"\n"


def parsed(text: bytes) -> Line:
    """What a line says. Raises ValueError for what is no such line, or has bytes other than it was written with."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST >> 20} MB")
    try:
        line = msgspec.json.decode(text, type=Line)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if line.check is not None and text != _sealed(text.rpartition(_CHECK)[0]):
        raise ValueError("its checksum is that of other bytes")
    return line


def cut_off(text: bytes) -> bool:
    """Whether a last line that does not end is the beginning of one, rather than something else."""
    if len(text) > LONGEST:
        return False
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except (ValueError, RecursionError):
        return False
    return True


def split(file: BinaryIO) -> Iterator[bytes]:
    """Each line with its end. What cannot be one is given as soon as that shows, and passed over only after that."""
    while text := file.readline(_PIECE):
        pieces, size = [text], len(text)
        while not text.endswith(b"\n") and text and pieces[0].startswith(b"{") and size <= LONGEST:
            text = file.readline(_PIECE)
            pieces.append(text)
            size += len(text)
        yield b"".join(pieces)
        while text and not text.endswith(b"\n"):
            text = file.readline(_PIECE)


def _sealed(before: bytes) -> bytes:
    return before + _CHECK + b'"%08x"}' % zlib.crc32(before)
