"""All users of one class in one Locust process: their connections, the thread of their loop, and its counts."""

from collections import deque
from collections.abc import Iterator
from random import Random
from time import perf_counter_ns as clock
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import gevent
from gevent.threadpool import ThreadPool
from locust.env import Environment

from bench.drivers.bookings import Label, book
from bench.drivers.mixed import closed
from bench.drivers.open import Open
from bench.drivers.pool import Pool
from bench.drivers.question import Mix
from bench.drivers.tally import Tally
from bench.drivers.tending import Talking, hear_out, talk_until
from bench.errors import DriverError

if TYPE_CHECKING:
    from bench.drivers.locust import EngineUser

_TICK = 100_000_000
_TICKS = 10
"""Counts are handed over after so many ticks: once a second."""


class Crowd:
    """Users come and go in gevent's hub; the thread sees how many there are, and hands its counts over to be booked."""

    _all: ClassVar[WeakKeyDictionary[Environment, dict[type, "Crowd"]]] = WeakKeyDictionary()

    @classmethod
    def of(cls, user: "EngineUser") -> "Crowd":
        """The crowd that a user belongs to."""
        crowds = cls._all.setdefault(user.environment, {})
        if type(user) not in crowds:
            crowds[type(user)] = cls(user)
        return crowds[type(user)]

    def __init__(self, user: "EngineUser") -> None:
        if not user.host:
            raise DriverError(f"{type(user).__name__} has no host: set one, or give `--host`.")
        self._environment = user.environment
        self._host, self._rate, self._arrivals = user.host, user.rate, user.arrivals
        self._requests, self._connections, self._timeout = user.requests, user.connections, user.timeout
        self._users = 0
        self._counts: deque[tuple[Label, Tally]] = deque()
        self._books: Any = None

    def join(self) -> None:
        """One user more."""
        self._users += 1
        if self._books is None or self._books.ready():
            self._books = gevent.spawn(self._keep_books, ThreadPool(1).spawn(self._run))

    def leave(self) -> None:
        """One user less; the last one waits until all is heard and booked."""
        self._users -= 1
        if not self._users:
            self._books.join()

    def _keep_books(self, thread: Any) -> None:
        while not thread.ready():
            thread.wait(1.0)
            while self._counts:
                book(self._environment, *self._counts.popleft())
        thread.get()

    def _run(self) -> None:
        """The thread: talk for as long as there are users."""
        pool = Pool(self._host)
        mix = Mix(self._requests, pool.endpoint.host, pool.endpoint.base, seed="crowd")
        talk = self._conversation(pool, mix)
        self._adjust(talk)
        talk.start()
        talk.refill()
        ticks = 0
        while self._users:
            talk_until(talk, clock() + _TICK)
            self._adjust(talk)
            ticks += 1
            if ticks % _TICKS == 0:
                self._hand_over(talk)
        hear_out(talk, clock() + talk.timeout)
        self._hand_over(talk)
        pool.close()

    def _conversation(self, pool: Pool, mix: Mix) -> Talking:
        timeout = round(self._timeout * 1e9)
        return Open(pool, mix, timeout, 1, self._times()) if self._rate else closed(pool, mix, timeout, 1)

    def _times(self) -> Iterator[int]:
        """When arrivals are due; several processes begin out of step."""
        chance = Random()
        at = chance.random() / (self._rate or 1)
        while True:
            yield int(at * 1e9)
            rate = max(self._users, 1) * (self._rate or 1)
            at += chance.expovariate(rate) if self._arrivals == "poisson" else 1 / rate

    def _adjust(self, talk: Talking) -> None:
        if isinstance(talk, Open):
            talk.limit = self._users * self._connections
        else:
            talk.wanted = self._users

    def _hand_over(self, talk: Talking) -> None:
        labels = [question.label for question in talk.questions]
        self._counts.extend(zip(labels, talk.tallies, strict=True))
        talk.tallies = [Tally() for _ in labels]
