"""Load programs that others wrote: each is a command and a reading of its output; running it is done here, once.

Their windows begin and end where the program says so; CPU time is counted from its start to its end. What a program
does not tell is None, and what it takes for a success is not verified as closely as Locust's answers are.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from tempfile import TemporaryDirectory

from bench import meter
from bench.drivers import leash
from bench.drivers.costs import spent
from bench.drivers.keeping import closes
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Request, Target, Window

_SLACK = 10.0
"""Seconds that a program may take beyond the load's duration and its time-out."""
ELSEWHERE = "use the driver 'locust' for that"


@dataclass(frozen=True)
class Measured:
    """What a program said it measured; seconds and bytes. `quantiles` are named p50 p90 p99 p999 max."""

    duration: float
    responses: int
    errors: Mapping[str, int] = field(default_factory=dict)
    received: int | None = None
    sent: int | None = None
    latency: Histogram | None = None
    mean: float | None = None
    quantiles: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Tool:
    """A load program. `command` gives its arguments, or a DriverError for what it cannot do; `parse` reads its output.

    `parse` raises LookupError, ValueError or StopIteration on anything that is not a complete result; zero responses
    are a result only together with the errors that explain them.
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
    output, used = _run(argv, cores, load.duration + load.timeout + _SLACK)
    server, front = spent(server, _cpu_time(target.pid)), spent(front, _cpu_time(target.front))
    measured = _understood(kind, output)
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
        driver_cpu=used["cpu"],
        driver_busy=None if used["cpu"] is None else used["cpu"] / measured.duration / (len(cores) or 1),
        driver_memory=None if used["memory"] is None else int(used["memory"]),
    )


def _cpu_time(pid: int | None) -> float | None:
    return None if pid is None else meter.cpu_time(pid)


def _run(argv: list[str], cores: list[int], limit: float) -> tuple[str, Mapping[str, float | None]]:
    """What a program prints, and what it used; it ends with us, whatever ends us."""
    leashed = [sys.executable, "-I", leash.__file__, ",".join(map(str, cores)) or "-", *argv]
    name = os.path.basename(argv[0])
    with _hold() as held, TemporaryDirectory() as home, _started(leashed, held, home) as process:
        try:
            output, words = process.communicate(timeout=limit)
        except BaseException as problem:
            # letting go of the leash ends it; the context then only waits for that
            os.close(held.pop())
            if isinstance(problem, subprocess.TimeoutExpired):
                raise DriverError(f"{name} had not ended {limit:.0f} s after it was started.") from None
            raise
    *said, used = words.strip().splitlines() or [""]
    if process.returncode or not used.startswith("{"):
        raise DriverError(f"{name} failed with status {process.returncode}; it said: {_reason(said or [used])}")
    return output, json.loads(used)


def _reason(said: list[str]) -> str:
    """The line that tells most: one that begins like an error, for the last may only point to the manual."""
    return next((line for line in said if line.lower().startswith("error")), said[-1])


@contextmanager
def _hold() -> Iterator[list[int]]:
    """The two ends of a pipe, the second of which nobody else has."""
    ends = list(os.pipe())
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def _started(argv: list[str], ends: list[int], home: str) -> "subprocess.Popen[str]":
    # a home of its own: siege leaves its settings in whatever home it finds
    return subprocess.Popen(
        argv,
        cwd=home,
        env={**os.environ, "HOME": home},
        stdin=ends[0],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _understood(kind: Tool, output: str) -> Measured:
    try:
        measured = kind.parse(output)
    except (LookupError, ValueError, StopIteration) as problem:
        last = (output.strip().splitlines() or ["nothing"])[-1]
        raise DriverError(f"{kind.program} said nothing that could be understood; its last line: {last}") from problem
    if not measured.responses and not measured.errors:
        raise DriverError(f"{kind.program} measured nothing: no response and no error.")
    return measured
