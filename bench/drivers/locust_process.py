"""The process in which Locust drives: it reads orders from its standard input and dies with it.

Every target is a Locust environment of its own, whose users are its connections; all of them share one thread that
carries the windows out, one after the other. The harness never imports any of this: gevent would patch it.
"""

import gc
import logging
import os
import sys
import time
from functools import partial
from itertools import count

import gevent
import msgspec
from gevent.fileobject import FileObject
from gevent.queue import Queue
from gevent.threadpool import ThreadPool
from locust.env import Environment
from locust.runners import STATE_RUNNING

from bench.drivers.engine import measure
from bench.drivers.locust import EngineUser
from bench.drivers.messages import Order, Reply
from bench.drivers.pool import Pool
from bench.drivers.slicing import sliced
from bench.errors import BenchError, DriverError
from bench.model import Target, Window

_FORGOTTEN = 60.0
"""Seconds after which a target without connections is taken to be gone."""


class Connection(EngineUser):
    """A user that only stands for a connection: its windows are ordered."""

    abstract = True

    def on_start(self) -> None: ...

    def on_stop(self) -> None: ...


class Site:
    """One target: its Locust environment, and the connections that are kept between windows."""

    def __init__(self, target: Target) -> None:
        self.used = time.monotonic()
        self.pool = Pool(target.url, host=target.host)
        kind = type("Connection", (Connection,), {"abstract": False, "host": target.url})
        self.runner = Environment(user_classes=[kind], host=target.url).create_local_runner()

    def populate(self, users: int) -> int:
        """Have so many users, not more and not less."""
        if self.runner.user_count != users or self.runner.state != STATE_RUNNING:
            # Users are let go at that rate, too.
            self.runner.start(users, spawn_rate=max(users, self.runner.user_count))
            gevent.joinall([self.runner.spawning_greenlet])
            gevent.sleep(0)
        return int(self.runner.user_count)

    def close(self) -> None:
        self.runner.quit()
        self.pool.close()


class Driver:
    """Carries out orders on however many targets there are."""

    def __init__(self, replies: int) -> None:
        self.halted = -1
        """The number of the last order of which there has been enough."""
        self._replies = replies
        self._sites: dict[str, Site] = {}
        self._thread = ThreadPool(1)

    def carry_out(self, order: Order, seed: int) -> tuple[Window, ...]:
        pools = self._pools(order)
        if order.cut:
            rows = list(zip(pools, order.targets, strict=True))
            beat = partial(self._tell, order.number)
            cut: tuple[Window, ...] = self._thread.apply(sliced, (rows, order.load, order.cut, order.number, beat))
            return cut
        watch = partial(self._tell, order.number) if order.live else lambda _: None
        told = (watch, lambda: self.halted >= order.number)
        return (self._thread.apply(measure, (*pools, *order.targets, order.load, seed, *told)),)

    def _pools(self, order: Order) -> list[Pool]:
        """The connections of each target, with as many users as there are to be connections."""
        for target in order.targets:
            if target.url not in self._sites:
                self._sites[target.url] = Site(target)
            self._sites[target.url].used = time.monotonic()
        sites = [self._sites[target.url] for target in order.targets]
        for site in sites:
            users = site.populate(order.load.connections)
            if users != order.load.connections:
                raise DriverError(f"Locust gave {users} users for {order.load.connections} connections.")
        return [site.pool for site in sites]

    def _tell(self, number: int, responses: int) -> None:
        self.send(Reply(number, responses=responses))

    def send(self, reply: Reply) -> None:
        os.write(self._replies, msgspec.json.encode(reply) + b"\n")

    def tidy(self) -> None:
        """Between orders: collect garbage, and let go of targets that nobody is connected to or asks any more."""
        gc.collect(1)
        for url, site in list(self._sites.items()):
            # At once: a target that is gone would hold as many files as it had connections.
            site.pool.prune()
            if not len(site.pool) and time.monotonic() - site.used > _FORGOTTEN:
                self._sites.pop(url).close()
                gc.collect()


def main(cores: list[str]) -> None:
    """Answer orders until the standard input ends; on `cores` only, where any are named."""
    if cores and sys.platform == "linux":
        os.sched_setaffinity(0, map(int, cores))
    _allow_many_files()
    # whatever a library prints must not get between the replies
    replies = os.dup(1)
    os.dup2(2, 1)
    logging.getLogger("locust").setLevel(logging.ERROR)
    orders: Queue[Order] = Queue()
    driver = Driver(replies)
    gevent.spawn(_listen, orders, driver)
    gc.collect()
    gc.freeze()
    # a collection in mid-window would make questions late
    gc.disable()
    for seed in count():
        driver.send(_reply(driver, orders.get(), seed))
        driver.tidy()


def _allow_many_files() -> None:
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(orders: "Queue[Order]", driver: Driver) -> None:
    try:
        for line in FileObject(0, "rb"):
            said = msgspec.json.decode(line, type=Order | int)
            if isinstance(said, Order):
                orders.put(said)
            else:
                driver.halted = said
    finally:
        os._exit(0)


def _reply(driver: Driver, order: Order, seed: int) -> Reply:
    try:
        return Reply(order.number, driver.carry_out(order, seed))
    except BenchError as problem:
        return Reply(order.number, problem=str(problem))


if __name__ == "__main__":
    main(sys.argv[1:])
