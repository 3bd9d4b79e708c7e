"""How a connected socket is read and written, as cheaply as the system allows, without ever waiting."""

import os
import socket
import struct
import sys
from _socket import socket as Plug
from contextlib import suppress
from time import perf_counter_ns as clock
from time import time_ns
from typing import Protocol

_SO_TIMESTAMPNS = 35
"""Linux's number; Python's `socket` does not name it."""
_STAMP = struct.Struct("@ll")
_STAMP_ROOM = 64


class Wire(Protocol):
    """All of them raise BlockingIOError when nothing can be done now, and OSError when it is over.

    `hear` reads, and tells when the last of it came in, in nanoseconds of `perf_counter_ns`; it is exact only for
    connections that were stamped before. `write` returns how many bytes are off our hands, or -1 when all are taken but
    some still wait to leave.
    """

    def read(self, fd: int, most: int, /) -> bytes: ...
    def hear(self, fd: int, most: int, /) -> tuple[bytes, int]: ...
    def stamp(self, fd: int) -> None: ...
    def write(self, fd: int, data: bytes, /) -> int: ...
    def attach(self, fd: int, plug: Plug) -> None: ...
    def detach(self, fd: int) -> None: ...


class Descriptors:
    """Unix: sockets are file descriptors, and reading those costs least."""

    def __init__(self) -> None:
        self.read = os.read
        self.write = os.write

    def hear(self, fd: int, most: int, /) -> tuple[bytes, int]:
        return self.read(fd, most), clock()

    def stamp(self, fd: int) -> None: ...

    def attach(self, fd: int, plug: Plug) -> None: ...

    def detach(self, fd: int) -> None: ...


class Stamped(Descriptors):
    """Linux: the kernel notes when bytes came in, so that no latency grows because we woke up late to read them."""

    def __init__(self) -> None:
        super().__init__()
        self._plugs: dict[int, Plug] = {}

    if sys.platform == "linux":

        def hear(self, fd: int, most: int, /) -> tuple[bytes, int]:
            data, notes, _, _ = self._plugs[fd].recvmsg(most, _STAMP_ROOM)
            if not notes:
                return data, clock()
            # the note is in wall time: only its age is used, so that a clock set meanwhile spoils one answer at most
            seconds, nanoseconds = _STAMP.unpack(notes[0][2])
            age = time_ns() - seconds * 1_000_000_000 - nanoseconds
            return data, clock() - max(age, 0)

    def stamp(self, fd: int) -> None:
        with suppress(OSError):
            self._plugs[fd].setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def attach(self, fd: int, plug: Plug) -> None:
        self._plugs[fd] = plug

    def detach(self, fd: int) -> None:
        del self._plugs[fd]


class Sockets:
    """Windows: sockets are sockets only."""

    def __init__(self) -> None:
        self._plugs: dict[int, Plug] = {}

    def read(self, fd: int, most: int) -> bytes:
        return self._plugs[fd].recv(most)

    def hear(self, fd: int, most: int) -> tuple[bytes, int]:
        return self.read(fd, most), clock()

    def stamp(self, fd: int) -> None: ...

    def write(self, fd: int, data: bytes) -> int:
        return self._plugs[fd].send(data)

    def attach(self, fd: int, plug: Plug) -> None:
        self._plugs[fd] = plug

    def detach(self, fd: int) -> None:
        del self._plugs[fd]
