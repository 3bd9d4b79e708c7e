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
_SECOND_CALL = 1_300_000_000
"""Nanoseconds after which the kernel has called once more where its first call was not heard: it waits for 1 s."""


def gather(talk: Talking, least: int, most: int) -> None:
    """Open or end connections until there are enough; wait for them as long as some more of them get through."""
    pool = talk.pool
    pool.prune()
    for fd in list(pool.plugs)[most:]:
        pool.drop(fd)
    talk.traffic.peak = talk.traffic.kept = len(pool)
    for _ in range(least - len(pool)):
        talk.connect(IDLE, clock())
    deadline = clock() + _SECOND_CALL
    while talk.opening and clock() < deadline:
        for fd, _ in pool.poller.poll(_PATIENCE):
            talk.attend(fd)
            deadline = clock() + _SECOND_CALL


def talk_until(talk: Talking, until: int) -> None:
    """Let it talk up to a moment, and see to its connections now and then."""
    while talk.waiting and (soon := clock() + _HASTE) < until:
        talk.talk(soon)
        talk.retry()
    # Even where the time is over by now, as when we were held up: what was due in it has to be asked.
    talk.talk(until)
    talk.retry()
    talk.expire(clock())
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
