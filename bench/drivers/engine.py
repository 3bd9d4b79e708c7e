"""One window of load, from its first question to its last answer, and what it cost."""

import os
import time
from collections.abc import Callable, Iterator

from bench.drivers.costs import Clocks, spent
from bench.drivers.mixed import closed
from bench.drivers.open import Open, timetable
from bench.drivers.pool import Pool
from bench.drivers.question import Mix
from bench.drivers.quota import Quota
from bench.drivers.tally import added, histogram
from bench.drivers.tending import Talking, gather, hear_out, talk_until
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Target, Window
from bench.system import meter

Watch = Callable[[int], None]

STEP = 0.1
"""Seconds of one entry in a window's series."""


def measure(
    pool: Pool,
    target: Target,
    load: Load,
    seed: int | str,
    watch: Watch = lambda _: None,
    halted: Callable[[], bool] = lambda: False,
) -> Window:
    """Put a load on a target for one window.

    The window begins with the first question; after `load.duration` no question is asked any more; and it lasts until
    the last of the answers still due then is in, or timed out. So nothing is in flight before it or after it, every
    answer counts, and so does the time that it took. A load of so many requests each may be over sooner. The series
    covers the time of asking only. Raises DriverError when nobody listens, or where fewer connections can be opened
    than a closed load asks for: its figures would be those of another load.
    `watch` is told the responses so far, in the thread of the loop, once a step; where `halted` says so then, no
    question is asked any more either.
    """
    talk = conversation(pool, load, seed)
    gather(talk, _at_first(load), load.connections)
    _insist(talk, load)
    before = Clocks.read(target)
    zero = talk.start()
    started = time.monotonic() - (time.perf_counter_ns() - zero) / 1e9
    end = zero + round(load.duration * 1e9)
    series = tuple(_responses(talk, zero, end, watch, halted))
    end = min(end, time.perf_counter_ns())
    hear_out(talk, end + talk.timeout)
    wall = (talk.traffic.latest if talk.done and talk.responses else max(end, talk.traffic.latest)) - zero
    return _window(talk, load, started, wall / 1e9, series, before, Clocks.read(target))


def _insist(talk: Talking, load: Load) -> None:
    """Have connections to begin with, and in a closed model all of them."""
    refused = isinstance(talk.refusal, OSError)
    if talk.refusal and not len(talk.pool):
        raise DriverError(f"nobody answers at {talk.pool.url}: {talk.refusal}.")
    if refused and len(talk.pool) < _at_first(load):
        had = f"{len(talk.pool)} of {load.connections} connections to {talk.pool.url}"
        raise DriverError(f"only {had} could be opened: {talk.refusal}.")


def _at_first(load: Load) -> int:
    """Connections that are there before the first question: in a closed model all, unless it counts connecting."""
    if load.requests_each:
        return 0
    return load.connections if load.model == "closed" else 1


def conversation(pool: Pool, load: Load, seed: int | str) -> Talking:
    """The talk that a load asks for, not begun yet."""
    mix = Mix(load.requests, pool.endpoint.host, pool.endpoint.base, seed, load.keep_alive)
    timeout = round(load.timeout * 1e9)
    if load.requests_each:
        return Quota(pool, mix, timeout, load.connections, load.requests_each)
    if load.model == "closed":
        return closed(pool, mix, timeout, load.connections)
    if not load.rate:
        raise DriverError(f"the load '{load.name}' has no rate yet: its share must be made one before it is driven.")
    return Open(pool, mix, timeout, load.connections, timetable(load.rate, load.arrivals, seed))


def _responses(talk: Talking, zero: int, end: int, watch: Watch, halted: Callable[[], bool]) -> Iterator[int]:
    """Let it talk; how many verified responses came in each step."""
    step, before = round(STEP * 1e9), 0
    for tick in range(zero + step, end + step, step):
        if talk.done or halted():
            return
        talk_until(talk, min(tick, end))
        watch(talk.responses)
        yield talk.responses - before
        before = talk.responses


def _window(
    talk: Talking, load: Load, started: float, wall: float, series: tuple[int, ...], before: Clocks, after: Clocks
) -> Window:
    traffic, is_open = talk.traffic, isinstance(talk, Open)
    missing = max(_at_first(load) - traffic.connections, 0)
    latency = Histogram().merge(*(tally.latency() for tally in talk.tallies))
    driver_cpu = after.driver - before.driver
    return Window(
        load=load.name,
        model=load.model,
        connections=traffic.peak if is_open else load.connections,
        started=started,
        duration=wall,
        responses=talk.responses,
        errors=added([*(tally.errors for tally in talk.tallies), {"connect": missing} if missing else {}]),
        received=sum(tally.received for tally in talk.tallies),
        opened=traffic.opened,
        rate=load.rate,
        sent=traffic.sent if is_open else None,
        queued=traffic.queued if is_open else None,
        retried=traffic.retried,
        unserved=traffic.unserved + missing,
        latency=latency.encode(),
        latency_mean=latency.mean,
        lag=histogram(traffic.lag).encode() if is_open else None,
        connect=histogram(traffic.connect).encode(),
        series=series,
        series_step=STEP,
        server_cpu=spent(before.server, after.server),
        front_cpu=spent(before.front, after.front),
        driver_cpu=driver_cpu,
        driver_wait=spent(before.wait, after.wait),
        driver_busy=driver_cpu / (after.now - before.now),
        driver_memory=meter.memory(os.getpid()),
    )
