"""The open model: questions arrive by a timetable, whatever the server does, and their latency counts from then on."""

from collections import deque
from collections.abc import Iterator
from itertools import count as counting
from random import Random
from time import perf_counter_ns as clock

from bench.drivers.pool import IDLE, Pool
from bench.drivers.question import Mix
from bench.drivers.talk import Talk
from bench.drivers.tally import count

_LATEST = 300_000
"""A thread that wakes later than so many nanoseconds had no core to wake on: watching would only make that worse."""


def timetable(rate: float, arrivals: str, seed: int | str) -> Iterator[int]:
    """Endlessly, when the next question is due: nanoseconds after the start, rising."""
    if arrivals == "constant":
        for number in counting():
            yield round(number * 1e9 / rate)
    draw, at = Random(seed).expovariate, 0.0
    while True:
        at += draw(rate / 1e9)
        yield int(at)


class Open(Talk):
    """At most `limit` connections; a question that finds none free waits its turn and keeps its intended time."""

    def __init__(self, pool: Pool, mix: Mix, timeout: int, limit: int, times: Iterator[int]) -> None:
        super().__init__(pool, mix, timeout)
        pool.stamp()
        self.limit = limit
        self._timetable = times
        self._zero = self._due = 0
        self._idle: deque[int] = deque()
        self._queue: deque[tuple[int, int]] = deque()
        self._early = 50_000.0

    def free(self, fd: int, now: int) -> None:
        if self._queue:
            self.ask(fd, *self._queue.popleft())
        else:
            self._idle.append(fd)

    def bereft(self, now: int) -> None:
        if self._queue and len(self.pool) < self.limit:
            self.connect(*self._queue.popleft())

    @property
    def busy(self) -> bool:
        return bool(self._queue or self.waiting) or super().busy

    def start(self) -> int:
        """Begin the timetable; its zero."""
        self._idle = deque(fd for fd in self.pool.plugs if self.idle(fd))
        self._zero = clock()
        self._due = self._zero + next(self._timetable)
        return self._zero

    def refill(self) -> None:
        """Connections are opened when a question needs one."""

    def stop(self) -> None:
        """Nothing is due any more."""

    def talk(self, until: int) -> None:
        """Ask whatever is due before the moment given, when it is due, and hear answers in between."""
        while (now := clock()) < until or self._due < until:
            while self._due <= now and self._due < until:
                self._arrive(self._due)
                self._due = self._zero + next(self._timetable)
            self._listen(min(self._due, until) - clock())

    def abandon(self) -> None:
        for number, _ in (*self._queue, *self.waiting):
            if number != IDLE:
                self.tallies[number].failed("time-out")
        self._queue.clear()
        self.waiting.clear()
        super().abandon()

    def _arrive(self, due: int) -> None:
        number = self.draw()
        fd = None if self._queue else self._unoccupied()
        if fd is None and len(self.pool) >= self.limit:
            self._queue.append((number, due))
            self.traffic.queued += 1
            return
        count(self.traffic.lag, clock() - due)
        if fd is None:
            self.connect(number, due)
        else:
            self.ask(fd, number, due)

    def _unoccupied(self) -> int | None:
        while self._idle:
            fd = self._idle.popleft()
            if fd in self.pool.plugs and self.idle(fd):
                return fd
        return None

    def _listen(self, spare: int) -> None:
        # a sleeping thread wakes late: sleep less by as much as it lately did, and watch without sleeping for the rest
        poller, pool = self.pool.poller, self.pool
        if spare > self._early:
            alarm = clock() + spare - self._early
            ready = poller.doze((spare - self._early) / 1e9)
            if not ready:
                self._early = min(max(self._early * 0.99, 1.2 * (clock() - alarm)), _LATEST)
        else:
            ready = poller.poll(0)
        hear, began, hope = pool.wire.hear, pool.began, pool.hope
        for fd, _ in ready:
            try:
                data, at = hear(fd, self.most)
            except OSError as problem:
                self.silent(fd, problem)
                continue
            if at < pool.sent[fd]:
                at = clock()
            if data != hope[fd]:
                self.heard(fd, data, at)
                continue
            self.tallies[pool.asked[fd]].answered(at - began[fd], len(data))
            self.traffic.latest = at
            pool.asked[fd], hope[fd] = IDLE, None
            self.free(fd, at)
