"""Carries out the rounds of a gate: base and head, two launches each up at once, loaded by turns on one core; twice.

The earlier of these launches may well cost 1 or 2 % more than the later, whatever they are: presumably since they get
the memory that others have used before (Kalibera, Bulej and Tuma, Benchmark precision and random initial state, 2005,
find that what memory a process gets is drawn at its launch). So each round has a second heat, in which base has the
places that head had.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench import drivers, launch
from bench.contest import OTHER, Build, Entry, Round
from bench.drivers.remote import Remote
from bench.errors import ServerError
from bench.launch import Up
from bench.model import Load, Request, Seconds, Server, Settings, Target, Window
from bench.rows import interpreter
from bench.rows.catalog import Catalog
from bench.system import machine

SETTINGS = Settings(workers=1, threads=1)
"""One worker on one core: what a request costs does not depend on their number, what disturbs it does."""
LAUNCHES: tuple[Build, ...] = ("base", "base", "head", "head")
"""Those of each heat."""
HEATS = 2
CONNECTIONS = 2
SLICE: Seconds = 0.002
"""A few answers: what a neighbour takes comes and goes within tens of milliseconds, and hits a whole block alike."""
_STRETCH = 3
"""Turns of apps that take long for an answer are fewer, for all together may take so many times as long as planned."""
_SHARE = 0.5
"""The fixed rate, as a share of what the base answers at most on this core."""


@dataclass(frozen=True)
class Side:
    """One build of what is compared: a row of a catalog whose app is known by its right answer."""

    catalog: Catalog
    server: Server

    @property
    def right(self) -> Request:
        return self.catalog.apps[self.server.serves].right


@dataclass(frozen=True)
class Pace:
    """How long each launch is loaded: before it counts, by turns, and at a fixed rate (0: not at all).

    So short because launches differ more than slices do: a second more of load on the same launches tells nothing new.
    """

    warm_up: Seconds = 0.02
    slices: Seconds = 0.16
    steady: Seconds = 0.04

    @property
    def load_time(self) -> Seconds:
        """Seconds of load in a whole round."""
        return HEATS * len(LAUNCHES) * (self.warm_up + self.slices + self.steady)


class Arena:
    """Where the rounds of one contest take place."""

    def __init__(self, drive: Remote, base: Side, head: Side, logs: Path, seed: int, pace: Pace) -> None:
        cores = machine.probe().server_cores
        self.cores = cores[:1] if cores else None
        self._drive, self._logs, self._pace, self._draw = drive, logs, pace, Random(seed)
        self._sides: dict[Build, Side] = {"base": base, "head": head}
        self._load = Load("turns", connections=CONNECTIONS, requests=(agreed(base.right, head.right),))
        self._rate: float | None = None

    def conduct(self) -> Round:
        """One round: all launches in an order drawn anew, then load by turns; and again with base and head exchanged.

        A head that does not start is a failed entry; a base that does not raises ServerError, as nothing can follow.
        """
        builds = self._draw.sample(LAUNCHES, len(LAUNCHES))
        there, spent = self._heat(builds)
        if not all(entry.slices for entry in there):
            return Round(there, (), spent)
        back, more = self._heat([OTHER[build] for build in builds])
        return Round(there, back, spent + more)

    def _heat(self, builds: Sequence[Build]) -> tuple[tuple[Entry, ...], Seconds]:
        """Launches in this order, measured, and the seconds of load they took in all."""
        with ExitStack() as stack:
            ups = [self._launched(stack, build, number) for number, build in enumerate(builds)]
            if failure := next((up for up in ups if isinstance(up, str)), None):
                return tuple(_unmeasured(build, failure) for build in builds), 0.0
            living = [up for up in ups if isinstance(up, Up)]
            measured = self._measured(builds, [up.target for up in living])
            for up in living:
                up.ward.dismiss()
            return measured

    def _launched(self, stack: ExitStack, build: Build, number: int) -> Up | str:
        """A launch that is up until the stack is left, or why it is not."""
        side, log = self._sides[build], self._logs / f"{build}-{number}.log"
        log.unlink(missing_ok=True)
        seed = self._draw.getrandbits(32)
        serving = launch.serving(side.catalog, side.server, SETTINGS, log=log, cores=self.cores, seed=seed)
        try:
            return stack.enter_context(serving)
        except ServerError as error:
            if build == "base":
                raise ServerError(f"there is no base to compare with: {error}") from None
            return str(error)

    def _measured(self, builds: Sequence[Build], targets: Sequence[Target]) -> tuple[tuple[Entry, ...], Seconds]:
        warm_up = self._by_turns(targets, self._pace.warm_up)
        windows = self._by_turns(targets, self._pace.slices)
        steady = self._at_fixed_rate(targets, builds, windows)
        entries = tuple(Entry(*figures) for figures in zip(builds, windows, steady, strict=True))
        loaded = [*warm_up, *windows, *(window for window in steady if window)]
        return entries, sum(window.duration for window in loaded)

    def _by_turns(self, targets: Sequence[Target], length: Seconds) -> tuple[Window, ...]:
        blocks, seed = max(1, round(length / SLICE)), self._draw.getrandbits(32)
        limit = _STRETCH * length * len(targets)
        return self._drive.slices(
            targets, self._load, length=SLICE, blocks=blocks, seed=seed, cores=self.cores, limit=limit
        )

    def _at_fixed_rate(
        self, targets: Sequence[Target], builds: Sequence[Build], windows: Sequence[Window]
    ) -> list[Window | None]:
        """A window of the open model for each, one after the other in random order, at the rate of the first round."""
        found: list[Window | None] = [None] * len(targets)
        if self._rate is None:
            answered = [window.throughput for build, window in zip(builds, windows, strict=True) if build == "base"]
            self._rate = _SHARE * statistics.fmean(answered)
        if not self._pace.steady or not self._rate:
            return found
        load = replace(
            self._load, name="steady", rate=self._rate, arrivals="poisson", duration=self._pace.steady, connections=64
        )
        for number in self._draw.sample(range(len(targets)), len(targets)):
            found[number] = self._drive(targets[number], load)
        return found


@contextmanager
def arena(base: Side, head: Side, seed: int, pace: Pace) -> Iterator[Arena]:
    """An arena with a driver of its own, for the length of a block."""
    with TemporaryDirectory(prefix="bench-logs-") as logs, drivers.driving(cores=machine.probe().driver_cores) as drive:
        remote = drivers.slicer(drive)
        assert remote  # noqa: S101
        yield Arena(remote, base, head, Path(logs), seed, pace)


def agreed(base: Request, head: Request) -> Request:
    """What both are asked, and as much of the right answer as they have in common."""
    return base if base.expected == head.expected else replace(base, expected=None)


def _unmeasured(build: Build, failure: str) -> Entry:
    return Entry(build, failure=failure if build == "head" else None)


def differences(base: Side, head: Side) -> tuple[str, ...]:
    """What differs between the environments of the two, beside what is compared: a sentence each."""
    ours, theirs = (interpreter.of(side.server.python) for side in (head, base))
    python = () if ours.name == theirs.name else (f"{theirs.name} became {ours.name}",)
    return (*python, *changes(theirs.versions, ours.versions))


def changes(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The distributions whose versions differ, a sentence each."""
    pairs = ((name, then.get(name, "none"), now.get(name, "none")) for name in sorted(then.keys() | now.keys()))
    return tuple(f"{name} {before} became {after}" for name, before, after in pairs if before != after)
