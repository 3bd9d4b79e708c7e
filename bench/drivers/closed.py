"""The closed model: every connection has exactly one question out, and asks the next as soon as it is answered."""

from time import perf_counter_ns as clock

from bench.drivers.pool import Pool
from bench.drivers.question import Mix
from bench.drivers.talk import Talk
from bench.drivers.tally import SHORT, count


class Closed(Talk):
    """`wanted` connections ask until they are told to stop; then each hears its last answer."""

    def __init__(self, pool: Pool, mix: Mix, timeout: int, wanted: int) -> None:
        super().__init__(pool, mix, timeout)
        self.wanted = wanted
        self.asking = False

    def free(self, fd: int, now: int) -> None:
        if not self.asking:
            return
        if len(self.pool) > self.wanted:
            self.pool.drop(fd)
        else:
            self.ask(fd, self.draw(), now)

    def bereft(self, now: int) -> None:
        # whoever is asked to come back connects anew: that is a part of the latency
        if self.asking and len(self.pool) < self.wanted:
            self.connect(self.draw(), now)

    @property
    def since(self) -> list[int]:
        return self.pool.began

    def start(self) -> int:
        """Let every connection ask; the moment before the first did."""
        began = clock()
        self.asking = True
        for fd in list(self.pool.plugs):
            if self.idle(fd):
                self.free(fd, clock())
        return began

    def refill(self) -> None:
        """Open what failed to open before, and let those end that are too many, each after its answer."""
        for _ in range(self.wanted - len(self.pool) - len(self.waiting)):
            self.connect(self.draw(), clock())
        for fd in list(self.pool.plugs)[self.wanted :]:
            self.pool.hope[fd] = None

    def stop(self) -> None:
        self.asking = False

    def talk(self, until: int) -> None:
        """Ask and hear until the moment given; what is out then stays out."""
        strangers = self.strangers
        events, received = self._talk(until)
        self.tallies[0].responses += events - (self.strangers - strangers)
        self.tallies[0].received += received

    def _talk(self, until: int) -> tuple[int, int]:
        # the one place where every byte code counts: whatever is not the answer hoped for is dealt with elsewhere
        pool, most, length = self.pool, self.most, len(self.questions[0].payload)
        poll, read, write, payload = pool.poller.poll, pool.wire.read, pool.wire.write, self.questions[0].payload
        began, hope, short, long = pool.began, pool.hope, self.tallies[0].short, self.tallies[0].long
        events = received = 0
        while (now := clock()) < until:
            ready = poll((until - now) / 1e9)
            events += len(ready)
            for fd, _ in ready:
                try:
                    data = read(fd, most)
                except OSError as problem:
                    self.silent(fd, problem)
                    continue
                now = clock()
                if data != hope[fd]:
                    self.heard(fd, data, now)
                    continue
                elapsed = now - began[fd]
                if elapsed < SHORT:
                    short[elapsed // 1000] += 1
                else:
                    count(long, elapsed)
                received += len(data)
                began[fd] = now
                try:
                    taken = write(fd, payload)
                except OSError as problem:
                    self.balk(fd, payload, problem)
                else:
                    if taken != length:
                        self.hold(fd, payload, taken)
        return events, received
