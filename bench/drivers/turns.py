"""What one target does in its turns: slices of load, each from its first question to its last answer, and their costs.

All connections stay open between turns, but a slice begins with none in use and ends when its last answer is in.
"""

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.drivers.account import Account
from bench.drivers.closed import Closed
from bench.drivers.costs import waited
from bench.drivers.engine import conversation
from bench.drivers.messages import Cut
from bench.drivers.poller import genuine
from bench.drivers.pool import Pool
from bench.drivers.tally import added, histogram
from bench.drivers.tending import hear_out, talk_until
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Seconds, Slices, Target, Window
from bench.system import meter

_SETTLING: Seconds = 0.0003
"""After its last answer a server closes, logs and counts: so long it may, at its own cost and nobody else's."""

_STEPS = 4
"""How often, in a slice's length, it is asked whether a lasting slice has lasted long enough."""

_sleep = genuine("time", "sleep")


@dataclass
class Turn:
    """One slice of one target."""

    block: int
    wall: Seconds
    responses: int
    received: int
    driver_cpu: Seconds
    server_cpu: Seconds
    front_cpu: Seconds


class Turns:
    """What one target does in its slices."""

    def __init__(self, pool: Pool, target: Target, load: Load, seed: int) -> None:
        talk = conversation(pool, load, seed)
        if not isinstance(talk, Closed):
            raise DriverError(f"the load '{load.name}' has a rate: slices are for the closed model only.")
        self.lost = False
        self._talk, self._load = talk, load
        self._server = Account(target.pid) if target.pid is not None else None
        self._front = Account(target.front) if target.front is not None else None
        self._turns: list[Turn] = []
        self._began, self._created = time.monotonic(), time.perf_counter()
        self.asked: Seconds = 0.0
        """How long it had its turn so far."""
        self._wait: Seconds = 0.0

    def take(self, cut: Cut, block: int) -> None:
        """Take one slice; one without any answer does not count and is the last, as is one with a time-out in it."""
        talk = self._talk
        talk.pool.prune()
        responses, received, wait = talk.responses, self._received, waited() or 0.0
        overdue = talk.traffic.overdue
        self._settle()
        driver = time.thread_time()
        wall = self._ask(round(cut.length * 1e9), self._heard + talk.wanted if cut.lasting else 0)
        driver = time.thread_time() - driver
        self._wait += (waited() or 0.0) - wait
        self.asked += wall
        _sleep(_SETTLING)
        costs = [account.finish() if account else 0.0 for account in (self._server, self._front)]
        if talk.responses > responses:
            self._turns.append(Turn(block, wall, talk.responses - responses, self._received - received, driver, *costs))
        self.lost = talk.responses == responses or talk.traffic.overdue > overdue

    def _ask(self, length: int, enough: int) -> Seconds:
        """From the first question to the last answer; questions are asked until `enough` were answered or failed."""
        talk = self._talk
        zero = talk.start()
        end, last = zero + length, zero + max(length, talk.timeout // 2)
        talk.refill()
        talk_until(talk, end)
        while self._heard < enough and end < last:
            end = min(last, time.perf_counter_ns() + length // _STEPS)
            talk_until(talk, end)
        hear_out(talk, end + talk.timeout)
        talk.waiting.clear()
        return (max(end, talk.traffic.latest) - zero) / 1e9

    def _settle(self) -> None:
        """Bill to the last slice what was found out about it since."""
        for account in filter(None, (self._server, self._front)):
            account.begin()
        if self._turns:
            self._turns[-1].server_cpu += self._server.late if self._server else 0.0
            self._turns[-1].front_cpu += self._front.late if self._front else 0.0

    @property
    def responses(self) -> int:
        return self._talk.responses

    @property
    def _heard(self) -> int:
        return self._talk.responses + sum(sum(tally.errors.values()) for tally in self._talk.tallies)

    @property
    def _received(self) -> int:
        return sum(tally.received for tally in self._talk.tallies)

    def window(self, order: int, cut: Cut) -> Window:
        """All slices together, and each by itself."""
        self._settle()
        talk, load, turns = self._talk, self._load, self._turns
        latency = Histogram().merge(*(tally.latency() for tally in talk.tallies))
        driver_cpu, slices = sum(turn.driver_cpu for turn in turns), self._slices(order, cut)
        return Window(
            load=load.name,
            model=load.model,
            connections=load.connections,
            started=self._began,
            duration=self.asked,
            responses=talk.responses,
            errors=added(tally.errors for tally in talk.tallies),
            received=self._received,
            opened=talk.traffic.opened,
            retried=talk.traffic.retried,
            unserved=talk.traffic.unserved,
            latency=latency.encode(),
            latency_mean=latency.mean,
            connect=histogram(talk.traffic.connect).encode(),
            server_cpu=_sum(slices.server_cpu),
            front_cpu=_sum(slices.front_cpu),
            driver_cpu=driver_cpu,
            driver_wait=self._wait if waited() is not None else None,
            driver_busy=driver_cpu / self.asked if self.asked else None,
            driver_memory=meter.memory(os.getpid()),
            slices=slices,
        )

    def _slices(self, order: int, cut: Cut) -> Slices:
        turns, between = self._turns, time.perf_counter() - self._created - self.asked
        server = _costs(self._server, [turn.server_cpu for turn in turns])
        blocks = tuple(turn.block for turn in turns)
        return Slices(
            order=order,
            length=cut.length,
            cores=cut.cores,
            wall=_rounded(turn.wall for turn in turns),
            responses=tuple(turn.responses for turn in turns),
            received=tuple(turn.received for turn in turns),
            driver_cpu=_rounded(turn.driver_cpu for turn in turns),
            blocks=None if blocks == tuple(range(len(turns))) else blocks,
            server_cpu=server,
            front_cpu=_costs(self._front, [turn.front_cpu for turn in turns]),
            idle=self._server.waiting / between if self._server and server is not None and between > 0 else None,
            lost=self.lost,
        )


def _costs(account: Account | None, costs: Sequence[Seconds]) -> tuple[Seconds, ...] | None:
    """What a tree cost, slice by slice; None where that is not known, as of one whose top has ended.

    What a killed process used is known exactly as long as it lives, and to the kernel's tick once it was waited for:
    where so little was used that this comes to less than nothing, it is not known either.
    """
    return _rounded(costs) if account and account.whole and sum(costs) >= 0 else None


def _sum(costs: Sequence[Seconds] | None) -> Seconds | None:
    return None if costs is None else sum(costs)


def _rounded(figures: Iterable[Seconds]) -> tuple[Seconds, ...]:
    return tuple(round(figure, 9) for figure in figures)
