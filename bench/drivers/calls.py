"""Getting connections: started without waiting, used as soon as they are there, missed when they are refused."""

from errno import ENOTCONN
from time import perf_counter_ns as clock

from bench.drivers import want
from bench.drivers.poller import READ, WRITE
from bench.drivers.pool import IDLE, Pool
from bench.drivers.question import Mix
from bench.drivers.tally import Tally, Traffic, count


class Calls:
    """The connections that a talk has on their way, and those that it would have if the server had room for them."""

    def __init__(self, pool: Pool, mix: Mix) -> None:
        self.pool = pool
        self.questions = mix.questions
        self.draw = mix.draw
        self.tallies = [Tally() for _ in mix.questions]
        """What was answered, question by question."""
        self.traffic = Traffic()
        self.waiting: list[tuple[int, int]] = []
        """Questions, and when they began, for which the server's queue had no place."""
        self.refusal: OSError | str | None = None
        """Why the last attempt to connect failed."""
        self._opening: dict[int, int] = {}

    def ask(self, fd: int, number: int, began: int) -> None:
        """Put a question to a free connection."""
        raise NotImplementedError

    def hold(self, fd: int, data: bytes, taken: int) -> None:
        """Keep what the wire has not taken until it can."""
        raise NotImplementedError

    def free(self, fd: int, now: int) -> None:
        """A connection can be asked."""
        raise NotImplementedError

    def lose(self, fd: int, problem: OSError | str) -> None:
        """Give a connection up."""
        raise NotImplementedError

    def connect(self, number: int, began: int) -> None:
        """Open a connection to put a question on, or none yet (IDLE)."""
        start = clock()
        try:
            fd = self.pool.open()
        except BlockingIOError:
            self.waiting.append((number, began))
            return
        except OSError as problem:
            self.refused(number, problem)
            return
        pool = self.pool
        pool.asked[fd], pool.began[fd], pool.sent[fd] = number, began, start
        self._opening[fd] = start
        self.traffic.opened += 1
        self.traffic.peak = max(self.traffic.peak, len(pool))
        pool.poller.register(fd, READ | WRITE)
        if number != IDLE:
            self._write_at_once(fd, self.questions[number].payload)

    def _write_at_once(self, fd: int, data: bytes) -> None:
        # on one machine a connection is often there as soon as it is asked for: that saves waiting for an event
        try:
            taken = self.pool.wire.write(fd, data)
        except BlockingIOError:
            return
        except OSError as problem:
            # so macOS and Windows call a connection that is on its way
            if problem.errno != ENOTCONN:
                self.lose(fd, problem)
            return
        count(self.traffic.connect, clock() - self._opening.pop(fd))
        self.traffic.sent += 1
        self.pool.expect(fd, writable=False)
        self.hold(fd, data, taken)

    def refused(self, number: int, problem: OSError | str) -> None:
        """There is no connection for a question."""
        self.refusal = problem
        if number != IDLE:
            self.tallies[number].failed(want.kind(problem))

    def connected(self, fd: int) -> None:
        """An attempt to connect has come to an end."""
        failure = self.pool.failure(fd)
        if failure:
            self.lose(fd, failure)
            return
        now = clock()
        count(self.traffic.connect, now - self._opening.pop(fd))
        self.pool.expect(fd, writable=False)
        number = self.pool.asked[fd]
        if number == IDLE:
            self.free(fd, now)
        else:
            self.ask(fd, number, self.pool.began[fd])

    def retry(self) -> None:
        """Try again where the server's queue was full: a blocking connect would wait for a place in it."""
        waiting, self.waiting = self.waiting, []
        for number, began in waiting:
            self.connect(number, began)

    @property
    def opening(self) -> bool:
        """Whether a connection is on its way."""
        return bool(self._opening)
