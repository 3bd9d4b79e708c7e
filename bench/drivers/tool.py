"""Load programs that others wrote: each is a command and a reading of its output; running it is done here, once.

Their windows begin and end where the program says so; CPU time is counted from its start to its end. What a program
does not tell is None, and what it takes for a success is not verified as closely as Locust's answers are.
"""

import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from bench.drivers.costs import spent
from bench.drivers.keeping import closes
from bench.drivers.measured import Measured, understood
from bench.drivers.program import run
from bench.errors import DriverError
from bench.model import Load, Request, Target, Window
from bench.system import meter

_SLACK = 10.0
"""Seconds that a program may take beyond the load's duration and its time-out."""
ELSEWHERE = "use the driver 'locust' for that"


@dataclass(frozen=True)
class Tool:
    """A load program. `command` gives its arguments, or a DriverError for what it cannot do; `parse` reads its output.

    `parse` raises LookupError, ValueError or the like on anything that is not a complete result; zero responses are a
    result only together with the errors that explain them.
    """

    program: str
    install: str
    command: Callable[[Load, str, int], list[str]]
    parse: Callable[[str], Measured]
    reconnects: bool = True
    """Whether it goes on when servers close connections."""


def only_request(load: Load, url: str, name: str, methods: tuple[str, ...] = ("GET",)) -> tuple[Request, str]:
    """The one request of a closed load over TCP and its URL; DriverError for anything that a program cannot do."""
    if load.model == "open":
        raise DriverError(f"{name} has no open model that can be trusted, it asks as fast as it can: {ELSEWHERE}.")
    if url.startswith("http+unix:"):
        raise DriverError(f"{name} cannot ask unix sockets: {ELSEWHERE}.")
    if len(load.requests) > 1:
        raise DriverError(f"{name} asks one request only, not several by weight: {ELSEWHERE}.")
    request = load.requests[0]
    if request.method not in methods:
        raise DriverError(f"{name} is not driven with {request.method} here: {ELSEWHERE}.")
    return request, url.rstrip("/") + request.path


@contextmanager
def tool(
    kind: Tool, cores: Collection[int] | None, watch: Callable[[int], None] | None
) -> Iterator[Callable[[Target, Load], Window]]:
    """A driver that runs the program anew for every window; there is nothing to watch until it ends."""
    program = shutil.which(kind.program)
    if not program:
        raise DriverError(f"the driver '{kind.program}' is not installed here: {kind.install}.")
    yield partial(_drive, kind, program, sorted(cores or ()))


def _drive(kind: Tool, program: str, cores: list[int], target: Target, load: Load) -> Window:
    argv = [program, *kind.command(load, target.url, len(cores) or 1)]
    if not kind.reconnects and closes(target.url, load):
        raise DriverError(f"{kind.program} opens no new connections, and {target.url} closes them: {ELSEWHERE}.")
    server, front, started = _cpu_time(target.pid), _cpu_time(target.front), time.monotonic()
    ran = run(argv, cores, load.duration + load.timeout + _SLACK)
    elapsed = time.monotonic() - started
    server, front = spent(server, _cpu_time(target.pid)), spent(front, _cpu_time(target.front))
    measured = understood(kind.program, kind.parse, ran.output, elapsed)
    _insist(kind, measured, target, load)
    return Window(
        load=load.name,
        model=load.model,
        connections=load.connections,
        started=started,
        duration=measured.duration,
        responses=measured.responses,
        errors=measured.errors,
        received=measured.received,
        rate=load.rate,
        sent=measured.sent,
        latency=measured.latency.encode() if measured.latency else None,
        latency_mean=measured.mean,
        latency_quantiles=measured.quantiles,
        server_cpu=server,
        front_cpu=front,
        driver_cpu=ran.cpu,
        driver_busy=None if ran.cpu is None else ran.cpu / measured.duration / (len(cores) or 1),
        driver_memory=ran.memory,
    )


def _insist(kind: Tool, measured: Measured, target: Target, load: Load) -> None:
    """Have all connections; where there were none at all, errors tell."""
    if 0 < measured.missing < load.connections:
        had = f"{load.connections - measured.missing} of {load.connections} connections to {target.url}"
        raise DriverError(f"{kind.program} had {had}: the others could not be opened, and it went on without them.")


def _cpu_time(pid: int | None) -> float | None:
    return None if pid is None else meter.cpu_time(pid)
