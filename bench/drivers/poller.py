"""Waiting for many sockets at once: epoll where there is one, poll or select elsewhere, gevent's patches undone."""

import sys
from importlib import import_module
from typing import Any, Protocol

from bench.errors import DriverError

READ, WRITE = 1, 4
"""The same bits in epoll and in poll; translated for select."""

_AT_ONCE = 1024
"""How many events are taken at once."""
SELECTABLE = 512 if sys.platform == "win32" else 1024
"""CPython's FD_SETSIZE: select takes so many sockets at once on Windows, and no descriptor from here on elsewhere."""


def genuine(module: str, name: str) -> Any:
    """A function of the standard library as it was before gevent replaced or removed it."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey.get_original(module, name) if monkey else getattr(import_module(module), name)


class Poller(Protocol):
    """What a loop needs: `poll` may wait a millisecond longer than its seconds, `doze` less long but hardly longer."""

    def register(self, fd: int, interest: int) -> None: ...
    def modify(self, fd: int, interest: int) -> None: ...
    def forget(self, fd: int) -> None: ...
    def poll(self, timeout: float) -> list[tuple[int, int]]: ...
    def doze(self, timeout: float) -> list[tuple[int, int]]: ...
    def close(self) -> None: ...


class Epoll:
    """Linux: cost independent of how many sockets are silent."""

    def __init__(self) -> None:
        self._epoll = genuine("select", "epoll")()
        self._select = genuine("select", "select")
        self.register = self._epoll.register
        self.modify = self._epoll.modify
        self.close = self._epoll.close
        self._precise = self._epoll.fileno() < SELECTABLE

    def forget(self, fd: int) -> None:
        """Closing a socket takes it out."""

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        return self._epoll.poll(timeout, _AT_ONCE)  # type: ignore[no-any-return]

    def doze(self, timeout: float) -> list[tuple[int, int]]:
        # epoll's own time-out is in whole milliseconds, select's in microseconds
        if timeout <= 0 or not self._precise:
            return self.poll(timeout // 0.001 / 1000)
        self._select((self._epoll,), (), (), timeout)
        return self.poll(0)


class Poll:
    """Any Unix: poll(2)."""

    def __init__(self) -> None:
        self._poll = genuine("select", "poll")()
        self.register = self._poll.register
        self.modify = self._poll.modify
        self.forget = self._poll.unregister

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        return self._poll.poll(timeout * 1000)  # type: ignore[no-any-return]

    def doze(self, timeout: float) -> list[tuple[int, int]]:
        return self.poll(timeout // 0.001 / 1000)

    def close(self) -> None:
        pass


class Select:
    """Everywhere, Windows included: select(2), with its limit on how many sockets it takes."""

    def __init__(self) -> None:
        self._select, self._sleep = genuine("select", "select"), genuine("time", "sleep")
        self._interest: dict[int, int] = {}

    def register(self, fd: int, interest: int) -> None:
        if len(self._interest) == SELECTABLE:
            raise DriverError(f"Python's select takes {SELECTABLE} connections at once on this system, and no more.")
        self._interest[fd] = interest

    def modify(self, fd: int, interest: int) -> None:
        self._interest[fd] = interest

    def forget(self, fd: int) -> None:
        self._interest.pop(fd, None)

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        if not self._interest:
            # Windows will not wait for nothing
            self._sleep(timeout)
            return []
        readers = list(self._interest)
        writers = [fd for fd, interest in self._interest.items() if interest & WRITE]
        # Windows tells of connections that failed by the third
        readable, writable, failed = self._select(readers, writers, writers, timeout)
        return [(fd, READ) for fd in {*readable, *writable, *failed}]

    doze = poll

    def close(self) -> None:
        self._interest.clear()


def poller(name: str | None = None) -> Poller:
    """The best poller of this system, or the one asked for by name."""
    return POLLERS[name or next(iter(POLLERS))]()


def _exists(name: str) -> bool:
    try:
        return bool(genuine("select", name))
    except AttributeError:
        return False


_KNOWN: dict[str, type[Epoll] | type[Poll] | type[Select]] = {"epoll": Epoll, "poll": Poll, "select": Select}
POLLERS = {name: kind for name, kind in _KNOWN.items() if _exists(name)}
"""Those of this system, the best first."""
