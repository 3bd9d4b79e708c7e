"""A server that answers by script, byte for byte and pause for pause: all that drivers must cope with."""

import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from bench.drivers.engine import measure
from bench.drivers.pool import Pool
from bench.model import Load, Target, Window

CLOSE = "close"
RESET = "reset"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello World!"

_LINGER = struct.Struct("hh" if sys.platform == "win32" else "ii")

BRIEF = 0.06
"""Seconds that are enough for a window to have happened."""

Step = bytes | float | str
Script = Callable[[int, bytes], Iterable[Step]]
"""The number of the request on its connection and its bytes -> what to send, how long to wait, or how to end."""


def right(body: bytes = b"Hello World!", *fields: bytes, version: bytes = b"1.1") -> bytes:
    """A well-formed answer with a length."""
    head = [b"HTTP/" + version + b" 200 OK", *fields, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*head, b"", body])


def windows(server: "Scripted", *loads: Load, polling: str | None = None) -> list[Window]:
    """What the loop measures of a server, one load after the other on the same connections."""
    target = Target("scripted", server.url)
    with closing(Pool(server.url, polling)) as pool:
        return [measure(pool, target, load, number) for number, load in enumerate(loads)]


def always(*steps: Step) -> Script:
    return lambda number, request: steps


@dataclass
class Scripted:
    """A running server: where it is, and what it was asked."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    ending: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(script: Script, path: str | None = None, certificate: str | None = None) -> Iterator[Scripted]:
    """Serve a script on a port of its own, or at a unix socket's path, or with TLS."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX if path else socket.AF_INET))
        listener.bind(path or ("127.0.0.1", 0))
        listener.listen(512)
        scheme = "https" if certificate else "http"
        url = f"http+unix://{quote(path, safe='')}" if path else f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        server = Scripted(url)
        threads: list[threading.Thread] = []
        plugs: list[socket.socket] = []
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    plug, _ = listener.accept()
                    if server.ending.is_set():
                        plug.close()
                        return
                    plugs.append(plug)
                    server.connections += 1
                    threads.append(threading.Thread(target=_converse, args=(server, plug, context, script)))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            server.ending.set()
            _join(acceptor, listener)
            for plug in plugs:
                with suppress(OSError):
                    plug.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def _join(acceptor: threading.Thread, listener: socket.socket) -> None:
    """Have accept return once more: only on Linux it does so when the socket is shut down."""
    with socket.socket(listener.family) as last, suppress(OSError):
        last.connect(listener.getsockname())
    acceptor.join()


def _converse(server: Scripted, plug: socket.socket, context: ssl.SSLContext | None, script: Script) -> None:
    with suppress(OSError), ExitStack() as stack:
        stack.enter_context(plug)
        if plug.family == socket.AF_INET:
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            plug = stack.enter_context(context.wrap_socket(plug, server_side=True))
        for number, request in enumerate(_requests(plug)):
            server.requests.append(request)
            for step in script(number, request):
                if isinstance(step, bytes):
                    plug.sendall(step)
                elif isinstance(step, float):
                    server.ending.wait(step)
                else:
                    if step == RESET:
                        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(1, 0))
                    return


def _requests(plug: socket.socket) -> Iterator[bytes]:
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            data = plug.recv(65536)
            if not data:
                return
            buffer += data
        head, _, rest = buffer.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields.get(b"content-length", 0))
        while len(rest) < length:
            data = plug.recv(65536)
            if not data:
                return
            rest += data
        yield head + b"\r\n\r\n" + rest[:length]
        buffer = rest[length:]
