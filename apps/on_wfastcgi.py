"""wfastcgi, made for IIS, behind a socket: on_wfastcgi.py socket backlog workers; $WSGI_HANDLER is module.attribute.

IIS gives each process its connection as standard input. Here each worker accepts one, puts it there and lets wfastcgi's
own code, as it is published, speak over it until it has answered.
"""

import ctypes
import os
import signal
import socket
import sys
from types import SimpleNamespace
from typing import Any


class Kernel:
    """Stands for Windows' kernel32, whose functions wfastcgi declares when it is imported, and calls for files only."""

    def __getattr__(self, name: str) -> SimpleNamespace:
        return self.__dict__.setdefault(name, SimpleNamespace())


ctypes.windll = SimpleNamespace(kernel32=Kernel())  # type: ignore[attr-defined]
import wfastcgi  # noqa: E402

LARGEST_RECORD = 0xFFFF
send = wfastcgi.send_response


def respond(stream: Any, request: int, kind: int, content: bytes, streaming: bool = True) -> None:
    """Send a record, and end the connection with the answer: nginx asks for that, and IIS never does.

    Its own way ends the stream after each part, which IIS forgives and nginx does not.
    """
    for start in range(0, max(len(content), 1), LARGEST_RECORD):
        send(stream, request, kind, content[start : start + LARGEST_RECORD], streaming=False)
    if kind == wfastcgi.FCGI_END_REQUEST:
        with socket.socket(fileno=os.dup(0)) as connection:
            connection.shutdown(socket.SHUT_WR)


def work(listener: socket.socket) -> None:
    streams = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    nothing = os.open(os.devnull, os.O_RDONLY)
    while True:
        connection, _ = listener.accept()
        os.dup2(connection.fileno(), 0)
        connection.close()
        sys.stdin = os.fdopen(0, closefd=False)
        wfastcgi._REQUESTS.clear()
        wfastcgi.main()
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc]
        os.dup2(nothing, 0)


wfastcgi.send_response = respond
wfastcgi.start_file_watcher = lambda *_: None
path, backlog, workers = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o666)  # nosec B103  # noqa: S103  nginx's workers may be nobody
listener.listen(int(backlog))
children = []
for _ in range(int(workers)):
    if not (child := os.fork()):
        work(listener)
    children.append(child)
ends = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
signal.sigwait(ends)
for child in children:
    os.kill(child, signal.SIGTERM)
