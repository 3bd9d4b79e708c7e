"""The harness's end of the Locust process: starts it, tells it what to measure, and ends it."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, TypeAlias

import msgspec

import bench
from bench.drivers.messages import Cut, Order, Reply
from bench.errors import DriverError
from bench.model import Load, Seconds, Target, Window

_SLACK = 60.0
"""Seconds that a window may take beyond its duration and its time-out: connecting, and a machine that is busy."""
_GRACE = 2.0

Watch: TypeAlias = Callable[[int], None] | None


class Remote:
    """A Locust process that measures windows, one at a time, and slices of several targets together."""

    def __init__(self, process: "subprocess.Popen[bytes]", words: IO[bytes], watch: Watch) -> None:
        self._process = process
        self._words = words
        self._watch = watch
        self._numbers = count()

    def __call__(self, target: Target, load: Load) -> Window:
        """Measure one window; an interrupt ends the waiting at once."""
        order = Order(next(self._numbers), (target,), load, live=self._watch is not None)
        (window,) = self._ordered(order, load.duration + 2 * load.timeout)
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
    ) -> tuple[Window, ...]:
        """Put a closed load on all targets by turns, `blocks` times; a window with slices for each, in their order.

        In each block the targets come in an order drawn anew from the seed; no block begins after `limit`. The driver
        runs on `cores` meanwhile, where given. A target that answers no more is left out of the blocks that follow.
        """
        cut = Cut(length, blocks, seed, tuple(sorted(cores)) if cores else None, limit)
        order = Order(next(self._numbers), tuple(targets), load, cut)
        block = len(targets) * (length + load.timeout)
        return self._ordered(order, blocks * block if limit is None else limit + block)

    def _ordered(self, order: Order, longest: Seconds) -> tuple[Window, ...]:
        limit = Timer(longest + _SLACK, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            self._tell(order)
            reply = self._hear(order.number)
        finally:
            limit.cancel()
        if reply.windows is None:
            raise DriverError(reply.problem or "the Locust driver measured nothing.")
        return reply.windows

    def _tell(self, order: Order) -> None:
        assert self._process.stdin  # noqa: S101
        try:
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            self._process.stdin.flush()
        except OSError as problem:
            raise DriverError(f"the Locust driver has ended: {self._last_word()}") from problem

    def _hear(self, number: int) -> Reply:
        assert self._process.stdout  # noqa: S101
        # replies to orders that were interrupted come first
        for line in self._process.stdout:
            reply = msgspec.json.decode(line, type=Reply)
            if reply.number != number:
                continue
            if reply.responses is None:
                return reply
            if self._watch:
                self._watch(reply.responses)
        raise DriverError(f"the Locust driver has ended: {self._last_word()}")

    def _last_word(self) -> str:
        self._words.seek(0)
        words = self._words.read().decode(errors="replace").strip().splitlines()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        return words[-1] if words else f"it said nothing, exit status {self._process.returncode}."


@contextmanager
def locust(cores: Collection[int] | None, watch: Watch) -> Iterator[Remote]:
    """A Locust process for as long as the context lasts."""
    argv = [sys.executable, "-m", "bench.drivers.locust_process", *map(str, sorted(cores or ()))]
    with TemporaryFile() as words:
        # a session of its own: a terminal's Ctrl-C is for the harness, which then lets go of the other's stdin
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": _path()},
        )
        try:
            yield Remote(process, words, watch)
        finally:
            _end(process)


def _path() -> str:
    here = str(Path(bench.__file__).parents[1])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
