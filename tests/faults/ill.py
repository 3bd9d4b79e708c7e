"""Rows whose server is ill in a way of its own: from the first on, or from the moment that it is sent SIGUSR1.

Run as a script it is that server: `ill.py ILLNESS PORT`; with `later:` before the illness it is well until the signal.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello World!"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
SAYS = {
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nGoodbye mate",
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops",
    "502": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nBad",
    "long": HELLO + b"!!!!",
    "lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Length: 13\r\n\r\nHello World!",
    "escapes": HELLO.replace(b"\r\n", b"\r\nServer: " + ESCAPES.encode() + b"\r\n", 1),
}
LAST = {"short": HELLO[:-7], "closes": b"", "old": b"Hello World!", "garbage": b"\x00\xff\x1b[2J" * 9}
"""What is said before the connection is closed."""
ENDLESS = {
    "endless-head": (b"HTTP/1.1 200 OK\r\n", b"X-Filler: and so on\r\n" * 3000),
    "endless-body": (b"HTTP/1.1 200 OK\r\n\r\n", b"Hello World!" * 5000),
    "endless-chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"c\r\nHello World!\r\n" * 4000),
    "endless-hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000),
}

WAITED_FOR = {"deaf", "silent", "minute", "500", "short", "closes", "old", "garbage", "endless-chunks", "endless-hints"}
"""Those that nothing but their deadline tells from servers that are still starting."""


def rows(folder: Path, **illnesses: str) -> Path:
    """A file of rows, one for each illness."""
    text = ""
    for name, illness in illnesses.items():
        command = f"{{python}} {__file__} {illness} {{port}} {folder}"
        text += table(name, command, deadline="3" if illness in WAITED_FOR else "30")
    path = folder / "rows.toml"
    path.write_text(text)
    return path


def table(name: str, *commands: str, **keys: str) -> str:
    """A row of these commands."""
    more = "".join(f"{key} = {value}\n" for key, value in keys.items())
    run = ", ".join(f"'{command}'" for command in commands)
    return (
        f'["{name}"]\ntitle = "{name}"\nserves = "wsgi"\nslots = ""\nrun = [{run}]\n'
        + (more or "deadline = 30\n")
        + "\n"
    )


def remaining(tag: object) -> list[list[str]]:
    """The commands of all other processes that were given this word."""
    import psutil  # not where this file is a server that is to start quickly

    others = (one for one in psutil.process_iter(["cmdline"]) if one.pid != os.getpid())
    found: Iterator[list[str]] = (process.info["cmdline"] or [] for process in others)
    return [words for words in found if str(tag) in " ".join(words)]


class Ill:
    """The server: what it has, and whether it shows yet."""

    def __init__(self, illness: str) -> None:
        self.illness = illness.removeprefix("later:")
        self.shows = not illness.startswith("later:")
        self.answers = 0
        self.hoard: list[bytes] = []

    def fall(self, *_: object) -> None:
        if self.illness == "exits":
            os._exit(3)
        self.shows = True
        if self.illness == "leaks":
            threading.Thread(target=self.leak, daemon=True).start()

    def leak(self) -> None:
        while len(self.hoard) < 3000:
            self.hoard.append(os.urandom(1 << 10) * (1 << 10))

    def converse(self, plug: socket.socket) -> None:
        with suppress(OSError), plug:
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while plug.recv(65536):
                self.answers += 1
                if not self.answer(plug):
                    return

    def answer(self, plug: socket.socket) -> bool:
        """Answer one question, well or ill; whether the connection goes on."""
        illness = self.illness if self.shows else ""
        if illness in LAST:
            plug.sendall(LAST[illness])
            return False
        if illness in ENDLESS:
            begin, more = ENDLESS[illness]
            plug.sendall(begin)
            while True:
                plug.sendall(more)
        if illness in ("silent", "minute"):
            time.sleep(60)
        if illness == "drips":
            self.hoard.append(os.urandom(1 << 14))
        said = SAYS["500"] if illness == "once" and self.answers > 1 else SAYS.get(illness, HELLO)
        plug.sendall(said)
        return True


def rave(forever: bool) -> None:
    """Say what no terminal should hear."""
    while True:
        os.write(1, b"\xff\xfe\x00" + ESCAPES.encode() + b"x" * 5000 + b"\n")
        os.write(1, b"rave" * 20_000)
        if not forever:
            return


def main(illness: str, port: int) -> None:
    server = Ill(illness)
    signal.signal(signal.SIGUSR1, server.fall)
    if illness in ("exits", "exits-zero", "raves"):
        if illness == "raves":
            os.write(1, b"no such app" + ESCAPES.encode() + b"\n\x00\xff\n")
        raise SystemExit(0 if illness == "exits-zero" else 3)
    if illness == "deaf":
        time.sleep(60)
    if illness == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if illness == "floods":
        threading.Thread(target=rave, args=(True,), daemon=True).start()
    with socket.create_server(("127.0.0.1", port), backlog=512, reuse_port=illness == "shares") as listener:
        while True:
            plug, _ = listener.accept()
            threading.Thread(target=server.converse, args=(plug,), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
