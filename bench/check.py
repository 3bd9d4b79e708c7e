"""One row looked at closely: is every answer right, how does it speak, how many requests does it work on at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench import launch, meter, probe, rendering
from bench.catalog import Catalog
from bench.errors import BenchError
from bench.launch import Up
from bench.model import Seconds, Server, Settings

_DELAY: Seconds = 0.2
_MOST_SLOTS = 32


@dataclass(frozen=True)
class Inspection:
    """What was found; `slots_*` are requests worked on at once, looked at up to a bound, None where not measured."""

    name: str
    ok: bool = False
    failure: str | None = None
    keep_alive: bool | None = None
    keep_alive_http10: bool | None = None
    http_version: str | None = None
    server_header: str | None = None
    response_bytes: int | None = None
    slots_expected: int | None = None
    slots_measured: int | None = None
    workers_seen: int | None = None
    ready: Seconds | None = None
    ttfb_first: Seconds | None = None
    ttfb_second: Seconds | None = None
    stopping: Seconds | None = None
    processes_left: int | None = None


def inspect(catalog: Catalog, server: Server, settings: Settings, logs: Path) -> Inspection:
    """Start one row, ask it everything, stop it, and look for what it left behind."""
    seen = Inspection(server.name)
    members: list[psutil.Process] = []
    log = logs / f"{server.name}.log"
    try:
        with launch.serving(catalog, server, settings, log=log) as up:
            seen = _asked(replace(seen, ready=up.ready), server, settings, up)
            members = _processes(meter.tree(up.ward.pid))
        seen = replace(seen, stopping=up.ward.stopped.seconds)
    except BenchError as error:
        seen = replace(seen, failure=str(error))
    left = sum(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in members)
    return replace(seen, processes_left=left, ok=seen.failure is None and left == 0)


def _asked(seen: Inspection, server: Server, settings: Settings, up: Up) -> Inspection:
    url = up.target.url
    manner = probe.manner(url)
    expected = rendering.slots(server, settings)
    return replace(
        seen,
        failure=probe.verify(url),
        keep_alive=manner.keep_alive,
        keep_alive_http10=manner.keep_alive_http10,
        http_version=manner.http_version,
        server_header=manner.server,
        response_bytes=manner.response_bytes,
        slots_expected=min(expected, _MOST_SLOTS) if expected is not None else None,
        slots_measured=_slots(url, expected),
        workers_seen=len(set(probe.worker_pids(url, 4 * settings.workers))),
        ttfb_first=up.first_byte[0],
        ttfb_second=up.first_byte[1],
    )


def _slots(url: str, expected: int | None) -> int:
    """Requests worked on at once; beyond the bound it is not looked for how many more."""
    return min(probe.measured_slots(url, min(expected or _MOST_SLOTS, _MOST_SLOTS), _DELAY), _MOST_SLOTS)


def _processes(pids: Iterable[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        try:
            found.append(psutil.Process(pid))
        except psutil.NoSuchProcess:
            continue
    return found
