"""The noise floor: how far two identical servers come out apart here, with the driver on their core and beside it."""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Literal

from bench import drivers, launch, stats
from bench.drivers.remote import Remote
from bench.errors import BenchError, ConfigurationError
from bench.gate import CONNECTIONS, SETTINGS, SLICE, Pace
from bench.model import Load, Machine, Seconds, Server, Target, Window
from bench.rows.catalog import Catalog
from bench.system import machine
from bench.system.placement import placed

Placement = Literal["shared", "apart"]
CANDIDATES = ("gunicorn", "waitress", "tornado")
"""What is measured with: the first of these that can run here."""
MINUTES = (1, 3, 5)
LEAST_ROUNDS = 3
_PLACES: tuple[Placement, Placement] = ("shared", "apart")
_CHANCE = 0.01
PROMISED = 0.02
"""The slowdown that a gate of three minutes must be able to see, if this machine is to be called fit."""
_LOAD = Load("floor", connections=CONNECTIONS)


@dataclass(frozen=True)
class Floor:
    """What identical servers showed: for each placement the log-ratios of their CPU per response, one a round."""

    server: str
    seconds: Seconds
    ratios: Mapping[Placement, Sequence[float]] = field(default_factory=dict)

    @property
    def scatter(self) -> dict[Placement, float]:
        """The standard deviation of a pair about 1, which is where identical servers must be."""
        return {
            place: math.sqrt(statistics.fmean(ratio * ratio for ratio in ratios))
            for place, ratios in self.ratios.items()
            if len(ratios) >= LEAST_ROUNDS
        }

    @property
    def quieter(self) -> Placement | None:
        return min(self.scatter, key=lambda place: self.scatter[place], default=None)

    @property
    def choice(self) -> Placement:
        """Where to measure cost: on a shared core, unless a core apart is quieter for sure (F test, 1 %)."""
        if len(self.scatter) < len(_PLACES):
            return next(iter(self.scatter), "shared")
        from scipy.special import fdtrc

        shared, apart = (self.scatter[place] ** 2 for place in _PLACES)
        rounds, others = (len(self.ratios[place]) for place in _PLACES)
        return "apart" if apart == 0 or fdtrc(rounds, others, shared / apart) < _CHANCE else "shared"

    @property
    def detectable(self) -> dict[int, float | None]:
        """The slowdown that a gate of so many minutes of load finds in 95 % of cases, by the shared core's scatter.

        A gate launches either side four times a round, which makes a round's scatter half as large.
        """
        scatter = self.scatter.get("shared", self.scatter.get(self.quieter or "apart"))
        if scatter is None:
            return {}
        rounds = {minutes: int(60 * minutes / Pace().load_time) for minutes in MINUTES}
        return {minutes: stats.detectable(scatter / 2, count) for minutes, count in rounds.items()}

    @property
    def fit(self) -> bool:
        found = self.detectable.get(3)
        return found is not None and found <= PROMISED


def measured(catalog: Catalog, longest: Seconds, seed: int, tell: Callable[[int], None] = lambda rounds: None) -> Floor:
    """Rounds of two fresh launches each, three at least, until time is over; BenchError where none can be measured."""
    began, here, draw = time.monotonic(), machine.probe(), Random(seed)
    server = _chosen(catalog)
    ratios: dict[Placement, list[float]] = {place: [] for place, _ in _placements(here)}
    with TemporaryDirectory(prefix="bench-doctor-") as logs, drivers.driving(cores=here.driver_cores) as drive:
        remote = drivers.slicer(drive)
        if remote is None:
            raise ConfigurationError(
                "the noise floor cannot be measured here: slices need Linux or macOS. Use --quick."
            )
        round_began, rounds = time.monotonic(), 0
        while rounds < LEAST_ROUNDS or time.monotonic() + (time.monotonic() - round_began) / rounds < began + longest:
            for place, ratio in _round(catalog, server, here, remote, Path(logs), draw):
                ratios[place].append(ratio)
            rounds += 1
            tell(rounds)
    return Floor(server.name, time.monotonic() - began, ratios)


def _chosen(catalog: Catalog) -> Server:
    known = [catalog.servers[name] for name in CANDIDATES if name in catalog.servers]
    found = next((server for server in known if catalog.obstacle(server) is None), None)
    if found is None:
        raise BenchError(f"none of {', '.join(CANDIDATES)} can run here, so the noise floor is unknown: 'bench list'.")
    return found


def _placements(here: Machine) -> list[tuple[Placement, tuple[int, ...] | None]]:
    """Each placement with the driver's cores; there is only one where nothing can be placed."""
    servers = here.server_cores[:1] if here.server_cores else None
    apart: list[tuple[Placement, tuple[int, ...] | None]] = [("apart", here.driver_cores)] if here.driver_cores else []
    return [("shared", servers), *apart]


def _round(
    catalog: Catalog, server: Server, here: Machine, remote: Remote, logs: Path, draw: Random
) -> Iterator[tuple[Placement, float]]:
    """The log-ratio of two fresh launches in every placement."""
    one_core = here.server_cores[:1] if here.server_cores else None
    with ExitStack() as stack:
        ups = []
        for number in range(2):
            log = logs / f"{number}.log"
            log.unlink(missing_ok=True)
            serving = launch.serving(catalog, server, SETTINGS, log=log, cores=one_core, seed=draw.getrandbits(32))
            ups.append(stack.enter_context(serving))
        targets = [up.target for up in ups]
        with placed([up.ward.pid for up in ups], one_core):
            places = _placements(here)
            for place, cores in draw.sample(places, len(places)):
                _sliced(remote, targets, Pace().warm_up, draw, cores)
                ratio = log_ratio(_sliced(remote, targets, Pace().slices, draw, cores))
                if ratio is not None:
                    yield place, ratio


def _sliced(
    remote: Remote, targets: Sequence[Target], length: Seconds, draw: Random, cores: tuple[int, ...] | None
) -> tuple[Window, ...]:
    blocks = max(1, round(length / SLICE))
    return remote.slices(targets, _LOAD, length=SLICE, blocks=blocks, seed=draw.getrandbits(32), cores=cores)


def log_ratio(windows: Sequence[Window]) -> float | None:
    """The median over blocks of how much more the first one's responses cost than the second one's."""
    costs = [
        [
            seconds / responses
            for seconds, responses in zip(slices.server_cpu or slices.wall, slices.responses, strict=True)
        ]
        for window in windows
        if (slices := window.slices) is not None
    ]
    steps = [math.log(one / two) for one, two in zip(*costs, strict=False) if one > 0 and two > 0]
    return statistics.median(steps) if steps else None
