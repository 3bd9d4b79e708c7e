"""The closed model with an end: each user asks so many times, one after the other, and is done."""

from time import perf_counter_ns as clock
from typing import SupportsIndex

from bench.drivers.closed import Closed
from bench.drivers.ear import Ear, Heard
from bench.drivers.pool import IDLE, Pool
from bench.drivers.question import Mix
from bench.drivers.tally import Tally


class Quota(Closed):
    """A user is known by the number of its question: all ask the same one, and have one tally together."""

    def __init__(self, pool: Pool, mix: Mix, timeout: int, users: int, each: int) -> None:
        super().__init__(pool, mix, timeout, users)
        self.questions = mix.questions[:1] * users
        self.tallies = _Shared(self.tallies[:1])
        self.left = [each] * users
        """How often each user has still to ask."""
        self._ear = Ear(self.questions)
        # whose answer it is must be looked at each time
        self._wary = True
        self._user = IDLE

    @property
    def done(self) -> bool:
        """Whether everybody has asked as often as was wanted and was answered, or failed."""
        return not (any(self.left) or self.busy or self.waiting or self.opening)

    def start(self) -> int:
        """Let every user connect and ask; the moment before the first did."""
        for fd in list(self.pool.plugs):
            self.pool.drop(fd)
        began = clock()
        self.asking = True
        self.refill()
        return began

    def refill(self) -> None:
        """Let those go on who have something left to ask and are not at it: whose connection was refused."""
        if self.asking and any(self.left):
            asking = {self.pool.asked[fd] for fd in self.pool.plugs} | {user for user, _ in self.waiting}
            for user in {*range(self.wanted)} - asking:
                self._go_on(user, clock())

    def free(self, fd: int, now: int) -> None:
        user = self._user
        if self.asking and self.left[user]:
            self.left[user] -= 1
            self.ask(fd, user, now)

    def bereft(self, now: int) -> None:
        if self.asking and self._user != IDLE:
            self._go_on(self._user, now)

    def lose(self, fd: int, problem: OSError | str) -> None:
        self._user = self.pool.asked[fd]
        super().lose(fd, problem)

    def _settle(self, fd: int, heard: Heard, now: int) -> None:
        self._user = self.pool.asked[fd]
        super()._settle(fd, heard, now)

    def _go_on(self, user: int, now: int) -> None:
        if self.left[user]:
            self.left[user] -= 1
            self.connect(user, now)


class _Shared(list[Tally]):
    """One tally under every number."""

    def __getitem__(self, number: SupportsIndex) -> Tally:  # type: ignore[override]
        return super().__getitem__(0)
