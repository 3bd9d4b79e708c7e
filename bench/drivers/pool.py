"""The connections to one target: kept between windows, found by their descriptor, dropped when they are dead."""

import socket
from _socket import socket as Plug

from bench.drivers.endpoint import endpoint, wire
from bench.drivers.poller import READ, WRITE, poller

IDLE = -1
"""Asked nothing at present."""


class Pool:
    """Connections to one URL. The lists are indexed by descriptor: in the loop they cost less than objects would."""

    def __init__(self, url: str, polling: str | None = None, host: str = "") -> None:
        self.url = url
        self.endpoint = endpoint(url, host)
        self.wire = wire(self.endpoint)
        self.poller = poller(polling)
        self.plugs: dict[int, Plug] = {}
        self.asked: list[int] = []
        """The number of the question that is out, or IDLE."""
        self.began: list[int] = []
        """When the clock of its latency started, in nanoseconds."""
        self.sent: list[int] = []
        """When it really went out."""
        self.hope: list[bytes | None] = []
        """The very bytes that would be a right answer; None while only a closer look can tell."""
        self.fresh: set[int] = set()
        """Those that have not answered anything yet."""
        self.stamping = False
        """Whether the kernel is to note when answers come in."""
        self.breaks_off = False
        """Whether the server closes connections after an answer without saying so."""

    def __len__(self) -> int:
        return len(self.plugs)

    def open(self) -> int:
        """Start a connection; BlockingIOError when the server's queue is full, other OSErrors when it fails at once."""
        plug = self.endpoint.connect()
        fd = plug.fileno()
        if fd >= len(self.asked):
            self._make_room(fd + 1 - len(self.asked))
        self.plugs[fd] = plug
        self.asked[fd], self.hope[fd] = IDLE, None
        self.fresh.add(fd)
        self.wire.attach(fd, plug)
        if self.stamping:
            self.wire.stamp(fd)
        return fd

    def stamp(self) -> None:
        """Have the kernel note when answers come in, on these connections and on those to come."""
        self.stamping = True
        for fd in self.plugs:
            self.wire.stamp(fd)

    def _make_room(self, places: int) -> None:
        self.asked += [IDLE] * places
        self.began += [0] * places
        self.sent += [0] * places
        self.hope += [None] * places

    def failure(self, fd: int) -> OSError | None:
        """What became of an attempt to connect."""
        number = self.plugs[fd].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return OSError(number, "connect") if number else None

    def drop(self, fd: int) -> None:
        """End a connection."""
        self.poller.forget(fd)
        self.wire.detach(fd)
        self.fresh.discard(fd)
        self.asked[fd], self.hope[fd] = IDLE, None
        self.plugs.pop(fd).close()

    def prune(self) -> None:
        """Drop what is of no use between windows: connections that the other side has closed or is still talking on."""
        for fd, _ in self.poller.poll(0):
            self.drop(fd)

    def expect(self, fd: int, writable: bool) -> None:
        self.poller.modify(fd, READ | WRITE if writable else READ)

    def close(self) -> None:
        for fd in list(self.plugs):
            self.drop(fd)
        self.poller.close()
