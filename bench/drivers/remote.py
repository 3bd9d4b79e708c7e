"""The harness's end of the Locust process: starts it, tells it what to measure, and ends it."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeAlias

import msgspec

import bench
from bench.drivers.alarm import Alarm
from bench.drivers.messages import Cut, Order, Reply
from bench.drivers.program import fate, last_lines, said
from bench.errors import DriverError
from bench.model import Load, Seconds, Target, Window

_SLACK: Seconds = 30.0
"""How long a window may take beyond its duration and its time-outs: connecting, and a machine that is busy."""
_GRACE = 2.0

Watch: TypeAlias = Callable[[int], None] | None


class Remote:
    """A Locust process that measures windows, one at a time, and slices of several targets together.

    One that has ended or is silent for too long costs what it was measuring; for the next order there is another.
    """

    def __init__(self, cores: Collection[int] | None, watch: Watch, words: IO[bytes]) -> None:
        self._argv = [sys.executable, "-m", "bench.drivers.locust_process", *map(str, sorted(cores or ()))]
        self._words = words
        self._watch = watch
        self._numbers = count()
        self._last: Order | None = None
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        # a session of its own: a terminal's Ctrl-C is for the harness, which then lets go of the other's stdin
        return subprocess.Popen(
            self._argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": _path()},
        )

    def __call__(self, target: Target, load: Load) -> Window:
        """Measure one window; an interrupt ends the waiting at once, but not the window."""
        order = Order(next(self._numbers), (target,), load, live=self._watch is not None)
        (window,) = self._ordered(order, load.duration + 2 * load.timeout)
        return window

    def halt(self) -> Window | None:
        """End the window that an interrupt left, and hear what it has measured; None where there is none."""
        order = self._last
        if order is None or order.cut:
            return None
        (window,) = self._heard(order, order.number, 2 * order.load.timeout)
        return window

    def slices(
        self,
        targets: Sequence[Target],
        load: Load,
        *,
        length: Seconds = 0.02,
        blocks: int,
        seed: int,
        cores: Collection[int] | None = None,
        limit: Seconds | None = None,
        patience: float | None = None,
        lasting: bool = False,
        shares: Sequence[int] | None = None,
    ) -> tuple[Window, ...]:
        """Put a closed load on all targets by turns, `blocks` times; a window with slices for each, in their order.

        In each block the targets come in an order drawn anew from the seed; no block begins after `limit`. The driver
        runs on `cores` meanwhile, where given. A target that answers no more is left out of the blocks that follow;
        with `patience` one sits blocks out while it has had more than so many times as long as the one in the middle.
        `lasting` slices go on until there were as many answers as connections, so that slow targets are full, too.
        With `shares` a target has so many slices in each block.
        """
        where, each = tuple(sorted(cores)) if cores else None, tuple(shares) if shares else None
        cut = Cut(length, blocks, seed, where, limit, patience, lasting, each)
        order = Order(next(self._numbers), tuple(targets), load, cut)
        return self._ordered(order, length + (1 + lasting) * load.timeout)

    def _ordered(self, order: Order, longest: Seconds) -> tuple[Window, ...]:
        """The windows of an order; it is heard of no later than after its longest silence."""
        if self._process.poll() is not None:
            self.end()
            self._words.truncate(0)
            self._process = self._start()
        self._last = order
        return self._heard(order, order, longest)

    def _heard(self, order: Order, said: Order | int, longest: Seconds) -> tuple[Window, ...]:
        with Alarm(longest + _SLACK, self._process.kill) as alarm:
            reply = self._hear(order.number, alarm) if self._tell(said) else None
        if reply is None:
            raise DriverError(self._fate(alarm))
        if reply.windows is None:
            raise DriverError(reply.problem or "the Locust driver measured nothing.")
        return reply.windows

    def _tell(self, said: Order | int) -> bool:
        """Whether an order, or that there has been enough of it, got through."""
        assert self._process.stdin  # noqa: S101
        try:
            self._process.stdin.write(msgspec.json.encode(said) + b"\n")
            self._process.stdin.flush()
        except OSError:
            return False
        return True

    def _hear(self, number: int, alarm: Alarm) -> Reply | None:
        """The reply to an order; None when the process ends before, perhaps in the middle of it."""
        assert self._process.stdout  # noqa: S101
        # replies to orders that were interrupted come first
        for line in self._process.stdout:
            try:
                reply = msgspec.json.decode(line, type=Reply)
            except msgspec.MsgspecError as problem:
                if not line.endswith(b"\n"):
                    break
                self.end()
                raise DriverError(f"the Locust driver said what cannot be understood: {problem}.") from problem
            alarm.renew()
            if reply.number != number:
                continue
            if reply.responses is None:
                return reply
            if self._watch:
                self._watch(reply.responses)
        return None

    def _fate(self, alarm: Alarm) -> str:
        """What became of the process, which is ended where it has not ended yet."""
        self.end()
        if alarm.rung:
            return f"the Locust driver had said nothing for {alarm.seconds:.0f} s and was killed."
        told = last_lines(self._words)
        return f"the Locust driver {fate(self._process.returncode)} while it measured{said(told)}"

    def end(self) -> None:
        """Let go of the process, and see its end."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def locust(cores: Collection[int] | None, watch: Watch) -> Iterator[Remote]:
    """A Locust process for as long as the context lasts."""
    with TemporaryFile() as words:
        remote = Remote(cores, watch, words)
        try:
            yield remote
        finally:
            remote.end()


def _path() -> str:
    here = str(Path(bench.__file__).parents[1])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
