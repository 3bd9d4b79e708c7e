"""Reading one HTTP/1.x response that arrives in pieces, strictly: what could be taken in two ways is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

LONGEST_HEAD = 64 << 10
LONGEST_BODY = 256 << 20
_LONGEST_LINE = 4 << 10

_BLANK_LINE = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: [^\x00\n\r\f\v]*)?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00\n\r\f\v]*)")
_LENGTH = re.compile(rb"\d{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\x00\r\n]*|[ \t]*)\r\n")

_FRAMING = {b"content-length", b"transfer-encoding"}


class MalformedError(Exception):
    """Bytes that are not one well-formed response; says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a response says about itself; `length` None is "until the connection closes", unless it comes in chunks."""

    status: int
    keep: bool
    length: int | None
    chunked: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response: `keep` says whether the connection may be used again, `size` is in bytes as received."""

    status: int
    keep: bool
    body: bytes
    size: int
    length: int | None = None


@lru_cache(maxsize=256)
def read_head(text: bytes) -> Head:
    """Understand a status line and its header fields (RFC 9112), given without the blank line that ends them."""
    first, *lines = (line.removesuffix(b"\r") for line in text.split(b"\n"))
    start = _STATUS_LINE.fullmatch(first)
    if not start:
        raise MalformedError("its status line is not one of HTTP/1")
    said = _fields(lines)
    modern = start[1] == b"1"
    wishes = said.get(b"connection", [])
    keep = b"close" not in wishes and (modern or b"keep-alive" in wishes)
    coding = said.get(b"transfer-encoding", [])
    length = _length(said.get(b"content-length", []))
    if coding and (coding != [b"chunked"] or length is not None):
        raise MalformedError("it is framed in two ways, or in an unknown one")
    return Head(int(start[2]), keep and (modern or not coding), length, bool(coding))


def _fields(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    """The values of each field, in lower case, lists taken apart."""
    said: dict[bytes, list[bytes]] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if not field:
            raise MalformedError("one of its header lines is not a header field")
        said.setdefault(field[1].lower(), []).extend(part.strip().lower() for part in field[2].split(b","))
    return said


def _length(values: list[bytes]) -> int | None:
    if not values:
        return None
    if len(set(values)) > 1 or not _LENGTH.fullmatch(values[0]):
        raise MalformedError("its Content-Length is not one number")
    return int(values[0])


_NO_HEAD = Head(status=0, keep=False, length=None, chunked=False)


class Reader:
    """One response being read. `feed` what arrives; `close` when nothing more will; either gives the answer once."""

    __slots__ = ("_at", "_bodiless", "_body", "_buffer", "_head", "_longest", "_received", "_step")

    def __init__(self, bodiless: bool = False, longest: int = LONGEST_BODY) -> None:
        self._bodiless = bodiless
        self._longest = longest
        self._buffer = bytearray()
        self._at = 0
        self._received = 0
        self._head = _NO_HEAD
        self._body: list[bytes] = []
        # functions, not methods: a reader that held itself would have to wait for the garbage collector
        self._step: Callable[[Reader], Answer | bool] = Reader._read_head

    def feed(self, data: bytes) -> Answer | None:
        """Take some more bytes; the answer once it is whole, None before. Raises MalformedError."""
        self._buffer += data
        self._received += len(data)
        while (result := self._step(self)) is True:
            pass
        if isinstance(result, Answer):
            if self._at != len(self._buffer):
                raise MalformedError("more bytes came than it announced")
            return result
        return None

    def close(self) -> Answer | None:
        """The connection ended: the answer if that is how it is framed, None if not even a byte had come."""
        if self._step is Reader._read_rest:
            return self._whole(bytes(self._buffer[self._at :]))
        if self._received:
            raise MalformedError("the connection closed in the middle of it")
        return None

    @property
    def raw(self) -> bytes | None:
        """All that it was fed, unless some of it is gone: chunks are let go of as they are read."""
        return bytes(self._buffer) if len(self._buffer) == self._received else None

    def _too_long(self) -> MalformedError:
        return MalformedError(f"its body is longer than {self._longest >> 20} MiB")

    def _whole(self, body: bytes) -> Answer:
        keep = self._head.keep and self._step is not Reader._read_rest
        return Answer(self._head.status, keep, body, self._received, self._head.length)

    def _read_head(self) -> Answer | bool:
        buffer, start = self._buffer, self._at
        if not (buffer.startswith(b"HTTP/1.", start) or b"HTTP/1.".startswith(buffer[start : start + 7])):
            raise MalformedError("it does not begin like HTTP/1")
        end = _BLANK_LINE.search(buffer, start)
        if (end.end() if end else len(buffer)) > LONGEST_HEAD:
            raise MalformedError("its head is longer than 64 KiB")
        if not end:
            return False
        head = read_head(bytes(buffer[start : end.start()]))
        self._at = end.end()
        if head.status == 101:
            raise MalformedError("it switches to another protocol unasked")
        if head.status < 200:
            return True
        return self._begin_body(head)

    def _begin_body(self, head: Head) -> Answer | bool:
        self._head = head
        if self._bodiless or head.status in (204, 304):
            return self._whole(b"")
        if (head.length or 0) > self._longest:
            raise self._too_long()
        counted = Reader._read_rest if head.length is None else Reader._read_counted
        self._step = Reader._read_chunk if head.chunked else counted
        return True

    def _read_counted(self) -> Answer | bool:
        end = self._at + (self._head.length or 0)
        if len(self._buffer) < end:
            return False
        body = bytes(self._buffer[self._at : end])
        self._at = end
        return self._whole(body)

    def _read_rest(self) -> Answer | bool:
        if self._received > self._longest:
            raise self._too_long()
        return False

    def _read_chunk(self) -> Answer | bool:
        start = self._buffer.find(b"\n", self._at, self._at + _LONGEST_LINE) + 1
        if not start and len(self._buffer) - self._at < _LONGEST_LINE:
            return False
        line = _CHUNK.fullmatch(self._buffer, self._at, start)
        if not line:
            raise MalformedError("one of its chunks has no size")
        size = int(line[1], 16)
        if size == 0:
            self._step = Reader._read_trailer
            return True
        if self._received > self._longest or size > self._longest:
            raise self._too_long()
        ending = bytes(self._buffer[start + size : start + size + 2])
        if not b"\r\n".startswith(ending):
            raise MalformedError("one of its chunks is longer than its size")
        if len(ending) < 2:
            return False
        self._body.append(bytes(self._buffer[start : start + size]))
        del self._buffer[: start + size + 2]
        self._at = 0
        return True

    def _read_trailer(self) -> Answer | bool:
        """From the last chunk's own line to the blank one: a trailer ends exactly like a head."""
        end = _BLANK_LINE.search(self._buffer, self._at)
        if (end.end() if end else len(self._buffer)) - self._at > LONGEST_HEAD:
            raise MalformedError("its trailer is longer than 64 KiB")
        if not end:
            return False
        _, *lines = bytes(self._buffer[self._at : end.start()]).split(b"\n")
        if _fields([line.removesuffix(b"\r") for line in lines]).keys() & _FRAMING:
            raise MalformedError("its trailer frames it once more")
        self._at = end.end()
        return self._whole(b"".join(self._body))
