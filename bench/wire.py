"""One conversation in HTTP/1 over one socket, byte by byte, so that nothing a server does is smoothed over.

Raises OSError for whatever keeps an answer from coming, be it the network, the time or the server's grammar.
"""

import re
import socket
import ssl
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from bench.model import Bytes, Seconds

_LARGEST_HEAD = 64 * 1024
_LARGEST_BODY = 64 * 1024 * 1024
_VERSION = re.compile(r"HTTP/[0-9]\.[0-9]")
_DIGITS = {10: re.compile(r"[0-9]{1,18}"), 16: re.compile(r"[0-9A-Fa-f]{1,8}")}


class GarbledError(ConnectionError):
    """What came is not an HTTP answer."""


@dataclass(frozen=True)
class Answer:
    """One response. `first_byte` counts from asking, or from connecting where the connection was new."""

    status: int
    http_version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    first_byte: Seconds
    received: Bytes

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its capitals."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def is_last(self) -> bool:
        """Whether the server announces that it will close the connection; some close without a word."""
        word = (self.header("connection") or "").lower()
        return "close" in word or (self.http_version == "HTTP/1.0" and "keep-alive" not in word)


class Conversation:
    """A connection to `http://host:port`, `https://` or `http+unix://%2Fpath`; its questions share its time.

    No certificate is refused: rows make their own, and nobody else answers on loopback.
    """

    def __init__(self, url: str, timeout: Seconds) -> None:
        self._began = time.perf_counter()
        self._deadline = self._began + timeout
        self._buffer = bytearray()
        self._received = 0
        self._host = urlsplit(url).netloc
        self._socket = self._connect(urlsplit(url).scheme)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(
        self, path: str, method: str = "GET", body: bytes = b"", http: str = "1.1", headers: Iterable[str] = ()
    ) -> Answer:
        """Ask one question and read the whole of its answer; 1xx answers are passed over."""
        began, self._began = self._began or time.perf_counter(), 0.0
        self._received = 0
        self._send(_request(path, method, body, http, [f"Host: {self._host}", *headers]))
        self._until(1)
        first_byte = time.perf_counter() - began
        version, status, fields = self._head()
        while 100 <= status < 200:
            version, status, fields = self._head()
        content = self._body(status, method, _framing(fields))
        if self._buffer:
            raise GarbledError(f"{bytes(self._buffer[:60])!r} came after the end of the answer")
        return Answer(status, version, tuple(fields), content, first_byte, self._received)

    def _connect(self, scheme: str) -> socket.socket:
        if scheme != "http+unix":
            host, _, port = self._host.rpartition(":")
            made = socket.create_connection((host, int(port)), timeout=self._left())
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _secured(made, host) if scheme == "https" else made
        made = _unix_socket()
        made.settimeout(self._left())
        try:
            made.connect(unquote(self._host))
        except OSError:
            made.close()
            raise
        self._host = "localhost"
        return made

    def _left(self) -> Seconds:
        left = self._deadline - time.perf_counter()
        if left <= 0:
            raise TimeoutError("no whole answer came in time")
        return left

    def _send(self, request: bytes) -> None:
        self._socket.settimeout(self._left())
        try:
            self._socket.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses a body early says why before it hangs up: what it said is still to be read.
            return

    def _more(self) -> bool:
        self._socket.settimeout(self._left())
        try:
            piece = self._socket.recv(256 * 1024)
        except TimeoutError:
            raise TimeoutError(f"no whole answer came in time, only {self._received} bytes") from None
        self._buffer += piece
        self._received += len(piece)
        return bool(piece)

    def _until(self, count: int) -> None:
        while len(self._buffer) < count:
            if not self._more():
                raise ConnectionResetError(f"the connection was closed after {self._received} bytes")

    def _take(self, count: int) -> bytes:
        self._until(count)
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _line(self, end: bytes) -> bytes:
        """Everything before the next `end`, which is passed over."""
        while (place := self._buffer.find(end)) < 0:
            if len(self._buffer) > _LARGEST_HEAD:
                raise GarbledError(f"{bytes(self._buffer[:60])!r} … has no end")
            self._until(len(self._buffer) + 1)
        return self._take(place + len(end))[:place]

    def _head(self) -> tuple[str, int, list[tuple[str, str]]]:
        head = self._line(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        version, _, status = first.partition(" ")
        if not _VERSION.fullmatch(version) or not status[:3].isdecimal():
            raise GarbledError(f"{first[:60]!r} is not how an HTTP answer begins")
        fields = [line.partition(":")[::2] for line in lines]
        return version, int(status[:3]), [(key, value.strip()) for key, value in fields]

    def _body(self, status: int, method: str, fields: dict[str, str]) -> bytes:
        if method == "HEAD" or status in (204, 304):
            return b""
        if fields.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        if (length := fields.get("content-length")) is not None:
            return self._take(_number(length, 10))
        while self._more():
            _check_size(len(self._buffer))
        return self._take(len(self._buffer))

    def _chunks(self) -> Iterable[bytes]:
        total = 0
        while size := _number(self._line(b"\r\n").decode("latin-1").partition(";")[0].strip(), 16):
            total += size
            _check_size(total)
            yield self._take(size)
            if self._take(2) != b"\r\n":
                raise GarbledError("a chunk does not end where it said")
        while self._line(b"\r\n"):
            pass


if sys.platform == "win32":

    def _unix_socket() -> socket.socket:
        raise OSError("Python has no unix sockets on Windows")

else:

    def _unix_socket() -> socket.socket:
        return socket.socket(socket.AF_UNIX)


def _secured(plain: socket.socket, host: str) -> socket.socket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _request(path: str, method: str, body: bytes, http: str, headers: Iterable[str]) -> bytes:
    lines = [f"{method} {path} HTTP/{http}", *headers]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _framing(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What tells where a body ends, once each: what could be taken in two ways is refused."""
    said: dict[str, str] = {}
    for key, value in fields:
        if (name := key.lower()) not in ("content-length", "transfer-encoding"):
            continue
        if said.setdefault(name, value) != value:
            raise GarbledError(f"{name} is {said[name][:60]!r} and {value[:60]!r} in one answer")
    if len(said) == 2:
        raise GarbledError("the answer has a Content-Length and a Transfer-Encoding")
    return said


def _number(text: str, base: int) -> int:
    if not _DIGITS[base].fullmatch(text):
        raise GarbledError(f"{text[:60]!r} is not a length")
    size = int(text, base)
    _check_size(size)
    return size


def _check_size(size: int) -> None:
    if size > _LARGEST_BODY:
        raise GarbledError(f"the answer is longer than {_LARGEST_BODY >> 20} MiB, or has no end")
