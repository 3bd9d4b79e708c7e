"""Holding many conversations at once: what happens to a connection between a question and its answer, or its end.

Whatever is common to both models stands here. A model decides three things: what a connection does that is free for
the next question (`free`), what follows on one that is gone (`bereft`), and in which order it all happens.
"""

from ssl import SSLError
from time import perf_counter_ns as clock

from bench.drivers.calls import Calls
from bench.drivers.ear import Ear, Heard
from bench.drivers.pool import IDLE, Pool
from bench.drivers.question import Mix
from bench.drivers.response import MalformedError

_LEAST, _MOST = 4 << 10, 64 << 10
"""How many bytes are read at once: as few as the answers need, for each read allocates as many."""
_ENOUGH_BREAKS = 3


class Talk(Calls):
    """Questions put to a pool's target, answers judged and counted. The time-out is in nanoseconds."""

    def __init__(self, pool: Pool, mix: Mix, timeout: int) -> None:
        super().__init__(pool, mix)
        self.timeout = timeout
        self.most = _LEAST
        self.strangers = 0
        """Events that were not the answer hoped for."""
        self._ear = Ear(mix.questions)
        self._wary = False
        """Whether to look closely at every answer."""
        self._unsent: dict[int, bytes] = {}
        self._breaks = 0

    def bereft(self, now: int) -> None:
        """A connection is gone, its question settled."""
        raise NotImplementedError

    def ask(self, fd: int, number: int, began: int) -> None:
        """Put a question to a free connection; its latency counts from `began`."""
        pool = self.pool
        pool.asked[fd], pool.began[fd], pool.sent[fd] = number, began, clock()
        pool.hope[fd] = None if fd in pool.fresh or self._wary else self._ear.hopes[number]
        self.traffic.sent += 1
        self._send(fd, self.questions[number].payload)

    def _send(self, fd: int, data: bytes) -> None:
        try:
            taken = self.pool.wire.write(fd, data)
        except OSError as problem:
            self.balk(fd, data, problem)
        else:
            self.hold(fd, data, taken)

    def balk(self, fd: int, data: bytes, problem: OSError) -> None:
        """A write did not succeed: for now, or for good."""
        if isinstance(problem, BlockingIOError):
            self.hold(fd, data, 0)
        else:
            self.lose(fd, problem)

    def hold(self, fd: int, data: bytes, taken: int) -> None:
        """Keep what the wire has not taken until it can."""
        if taken == len(data):
            if self._unsent.pop(fd, None) is not None:
                self.pool.expect(fd, writable=False)
        else:
            self._unsent[fd] = data[taken:] if taken >= 0 else b""
            self.pool.expect(fd, writable=True)

    def heard(self, fd: int, data: bytes, now: int) -> None:
        """A connection said something else than what was hoped for."""
        self.strangers += 1
        number = self.pool.asked[fd]
        try:
            heard = self._ear.understand(fd, number, data) if number != IDLE else None
        except MalformedError:
            self.lose(fd, "framing")
        except ConnectionResetError as problem:
            self.lose(fd, problem)
        else:
            if heard:
                self._settle(fd, heard, now)
            elif number == IDLE:
                self.lose(fd, "it speaks without being asked" if data else "it closes connections at once")
            else:
                self.pool.hope[fd] = None

    def _settle(self, fd: int, heard: Heard, now: int) -> None:
        pool, tally = self.pool, self.tallies[self.pool.asked[fd]]
        keep = heard.keep and not pool.breaks_off and fd not in self._unsent
        if not keep:
            # at once, for there are servers that wait for it
            self._unsent.pop(fd, None)
            pool.drop(fd)
        if heard.fault:
            tally.failed(heard.fault)
        else:
            tally.answered(now - pool.began[fd], heard.size)
            self.traffic.latest = now
        self.most = min(max(self.most, heard.size + 1), _MOST)
        pool.fresh.discard(fd)
        if keep:
            pool.asked[fd], pool.hope[fd] = IDLE, None
            self.free(fd, now)
        else:
            self.bereft(now)

    def attend(self, fd: int) -> None:
        """See what a connection has to say, without hurry."""
        try:
            data = self.pool.wire.read(fd, self.most)
        except OSError as problem:
            self.silent(fd, problem)
        else:
            self.heard(fd, data, clock())

    def silent(self, fd: int, problem: OSError) -> None:
        """A connection had an event, but nothing can be read."""
        self.strangers += 1
        if not isinstance(problem, BlockingIOError):
            self.lose(fd, problem)
        elif fd in self._opening:
            self.connected(fd)
        elif fd in self._unsent:
            self._send(fd, self._unsent[fd])

    def lose(self, fd: int, problem: OSError | str) -> None:
        """Give a connection up, and count its question as failed unless a reused connection merely ended before it."""
        pool = self.pool
        number, began, fresh = pool.asked[fd], pool.began[fd], fd in pool.fresh
        opening = self._opening.pop(fd, None) is not None
        if opening and isinstance(problem, str):
            problem = pool.failure(fd) or problem
        begun = self._ear.forget(fd)
        self._unsent.pop(fd, None)
        pool.drop(fd)
        overdue = problem == "time-out"
        self.traffic.overdue += overdue
        self.traffic.unserved += overdue and fresh and not opening
        if opening or (fresh and isinstance(problem, SSLError)):
            self.refused(number, problem)
        elif number != IDLE and isinstance(problem, OSError) and not fresh and not begun:
            self._break_off()
            self.connect(number, began)
            return
        elif number != IDLE:
            self.tallies[number].failed(problem if isinstance(problem, str) else "reset")
        if not opening:
            self.bereft(clock())

    def _break_off(self) -> None:
        self.traffic.retried += 1
        self.traffic.sent -= 1
        self._breaks += 1
        # it is the server's habit when it follows on most answers
        if self._breaks >= _ENOUGH_BREAKS and not self.pool.breaks_off:
            self.pool.breaks_off = 2 * self._breaks > sum(tally.answers for tally in self.tallies)

    def expire(self, now: int) -> None:
        """Give up every question, and every attempt to connect, that is out for longer than the time-out."""
        for fd in list(self.pool.plugs):
            if now - self.since[fd] > self.timeout and not self.idle(fd):
                self.lose(fd, "time-out")

    def idle(self, fd: int) -> bool:
        return self.pool.asked[fd] == IDLE and fd not in self._opening

    @property
    def busy(self) -> bool:
        """Whether an answer is still due."""
        return any(self.pool.asked[fd] != IDLE for fd in self.pool.plugs)

    def abandon(self) -> None:
        """Give up whatever is still out."""
        while unheard := [fd for fd in self.pool.plugs if not self.idle(fd)]:
            for fd in unheard:
                self.lose(fd, "time-out")

    @property
    def done(self) -> bool:
        """Whether there is nothing left to ask before the time is over."""
        return False

    @property
    def responses(self) -> int:
        return sum(tally.responses for tally in self.tallies)

    @property
    def since(self) -> list[int]:
        """When the time-outs began to run, by descriptor."""
        return self.pool.sent
