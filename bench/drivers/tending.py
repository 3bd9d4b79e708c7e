"""What is done with a talk as a whole: gather its connections, let it talk for a while, hear it out."""

from time import perf_counter_ns as clock

from bench.drivers.closed import Closed
from bench.drivers.open import Open
from bench.drivers.pool import IDLE

Talking = Closed | Open

_PATIENCE = 0.05
"""Seconds without any event after which it is time to look around."""
_HASTE = 2_000_000
"""Nanoseconds between attempts to get into a server's full queue."""


def gather(talk: Talking, least: int, most: int) -> None:
    """Open or end connections until there are enough; wait for them as long as some more of them get through."""
    pool = talk.pool
    pool.prune()
    for fd in list(pool.plugs)[most:]:
        pool.drop(fd)
    talk.traffic.peak = len(pool)
    for _ in range(least - len(pool)):
        talk.connect(IDLE, clock())
    while talk.opening and (ready := pool.poller.poll(_PATIENCE)):
        for fd, _ in ready:
            talk.attend(fd)


def talk_until(talk: Talking, until: int) -> None:
    """Let it talk up to a moment, and see to its connections now and then."""
    now = clock()
    while now < until:
        talk.talk(min(until, now + _HASTE) if talk.waiting else until)
        talk.retry()
        now = clock()
    talk.expire(now)
    talk.refill()


def hear_out(talk: Talking, deadline: int) -> None:
    """Let it ask nothing more; hear what is still due, and give up what is not heard in time."""
    talk.stop()
    while talk.busy and (now := clock()) < deadline:
        talk.retry()
        for fd, _ in talk.pool.poller.poll(min((deadline - now) / 1e9, _PATIENCE)):
            talk.attend(fd)
        talk.expire(now)
    talk.abandon()
