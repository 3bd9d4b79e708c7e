"""How a connected socket is read and written, as cheaply as the system allows, without ever waiting."""

import os
from _socket import socket as Plug
from typing import Protocol


class Wire(Protocol):
    """Both `read` and `write` raise BlockingIOError when nothing can be done now, and OSError when it is over.

    `write` returns how many bytes are off our hands, or -1 when all are taken but some still wait to leave.
    """

    def read(self, fd: int, most: int, /) -> bytes: ...
    def write(self, fd: int, data: bytes, /) -> int: ...
    def attach(self, fd: int, plug: Plug) -> None: ...
    def detach(self, fd: int) -> None: ...


class Descriptors:
    """Unix: sockets are file descriptors, and reading those costs least."""

    def __init__(self) -> None:
        self.read = os.read
        self.write = os.write

    def attach(self, fd: int, plug: Plug) -> None: ...

    def detach(self, fd: int) -> None: ...


class Sockets:
    """Windows: sockets are sockets only."""

    def __init__(self) -> None:
        self._plugs: dict[int, Plug] = {}

    def read(self, fd: int, most: int) -> bytes:
        return self._plugs[fd].recv(most)

    def write(self, fd: int, data: bytes) -> int:
        return self._plugs[fd].send(data)

    def attach(self, fd: int, plug: Plug) -> None:
        self._plugs[fd] = plug

    def detach(self, fd: int) -> None:
        del self._plugs[fd]
