"""The closed model with several questions: which one a connection asked is looked up for each answer."""

from time import perf_counter_ns as clock

from bench.drivers.closed import Closed
from bench.drivers.pool import Pool
from bench.drivers.question import Mix
from bench.drivers.tally import SHORT, count


def closed(pool: Pool, mix: Mix, timeout: int, wanted: int) -> Closed:
    """The closed model in the form that costs least for these questions."""
    return (Mixed if len(mix.questions) > 1 else Closed)(pool, mix, timeout, wanted)


class Mixed(Closed):
    """As its parent; some fiftieth slower, since a question is drawn for every answer."""

    def talk(self, until: int) -> None:
        # as in the parent's loop, whatever is not the answer hoped for is dealt with elsewhere
        pool, most, draw, tallies = self.pool, self.most, self.draw, self.tallies
        poll, read, write, hopes = pool.poller.poll, pool.wire.read, pool.wire.write, self._ear.hopes
        asked, began, hope = pool.asked, pool.began, pool.hope
        payloads = [question.payload for question in self.questions]
        while (now := clock()) < until:
            for fd, _ in poll((until - now) / 1e9):
                try:
                    data = read(fd, most)
                except OSError as problem:
                    self.silent(fd, problem)
                    continue
                now = clock()
                if data != hope[fd]:
                    self.heard(fd, data, now)
                    continue
                tally, elapsed = tallies[asked[fd]], now - began[fd]
                if elapsed < SHORT:
                    tally.short[elapsed // 1000] += 1
                else:
                    count(tally.long, elapsed)
                tally.responses += 1
                tally.received += len(data)
                asked[fd] = number = draw()
                began[fd], hope[fd], payload = now, hopes[number], payloads[number]
                try:
                    taken = write(fd, payload)
                except OSError as problem:
                    self.balk(fd, payload, problem)
                else:
                    if taken != len(payload):
                        self.hold(fd, payload, taken)
