"""One row looked at closely: is every answer right, how does it speak, how many requests does it work on at once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench import launch, probe
from bench.errors import BenchError
from bench.launch import Up
from bench.model import Seconds, Server, Settings
from bench.processes.exposure import exposed
from bench.rows import rendering
from bench.rows.catalog import Catalog
from bench.system import meter

_DELAY: Seconds = 0.2
_DELAY_EACH: Seconds = 0.02
_LONGEST_DELAY: Seconds = 1.5
_MOST_SLOTS = 32
_SOME_SLOTS = 8

LAUNCHES = 3
"""How often a row may be started to show its slots: the kernel spreads connections over workers as it likes."""


@dataclass(frozen=True)
class Inspection:
    """What was found; `slots_*` are requests worked on at once, looked at up to a bound, None where not measured.

    Those that differ are a failure, unless the row's table says why under `slots_excuse`; `launches` is how often the
    row was started to see that.

    `balance` are the answers that each worker gave of those asked at once, most first; `missing` the questions that
    the row does not answer rightly, as its table says; `quirks` what sets it apart from the others: what was seen, then
    what its table says.
    """

    name: str
    ok: bool = False
    failure: str | None = None
    keep_alive: bool | None = None
    keep_alive_http10: bool | None = None
    http_version: str | None = None
    server_header: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    response_bytes: int | None = None
    slots_expected: int | None = None
    slots_measured: int | None = None
    workers_seen: int | None = None
    balance: tuple[int, ...] = ()
    ready: Seconds | None = None
    ttfb_first: Seconds | None = None
    ttfb_second: Seconds | None = None
    stopping: Seconds | None = None
    processes_left: int | None = None
    missing: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    launches: int = 1

    @property
    def slots_differ(self) -> bool:
        """Whether a number of slots was expected and another one measured."""
        return self.slots_expected is not None and self.slots_measured not in (None, self.slots_expected)


def inspect(catalog: Catalog, server: Server, settings: Settings, logs: Path) -> Inspection:
    """Start one row, ask it everything, stop it, and look for what it left behind.

    A row whose slots differ is started anew before it is condemned, and its requests held up for longer, so that a busy
    machine has time to begin them all; it fails when they always differ.
    """
    for launch_number in range(1, LAUNCHES + 1):
        seen = _inspected(catalog, server, settings, logs, patience=2 ** (launch_number - 1))
        seen = replace(seen, launches=launch_number)
        if not seen.ok or not seen.slots_differ or server.slots_excuse:
            return seen
    fault = (
        f"it works on {seen.slots_measured} requests at once in each of {LAUNCHES} launches, where its table's `slots` "
        f"come to {seen.slots_expected}; correct that, or say why under `slots_excuse`"
    )
    return replace(seen, ok=False, failure=fault)


def _inspected(catalog: Catalog, server: Server, settings: Settings, logs: Path, patience: int) -> Inspection:
    """One launch of a row and what was seen of it; differing slots are not judged yet."""
    seen = Inspection(server.name)
    members: list[psutil.Process] = []
    log = logs / f"{server.name}.log"
    try:
        with launch.serving(catalog, server, settings, log=log) as up:
            seen = _asked(replace(seen, ready=up.ready), catalog, server, catalog.told(server, settings), up, patience)
            members = _processes(meter.tree(up.ward.pid))
            if seen.failure is None and (places := _unasked(members, up.target.url, catalog.host)):
                reach = f"it listens at {', '.join(places)}, where others can reach it"
                seen = replace(seen, failure=f"{reach}: have its table say {{host}}, which is this machine alone")
        seen = replace(seen, stopping=up.ward.stopped.seconds)
    except (BenchError, OSError) as error:
        seen = replace(seen, failure=str(error))
    left = sum(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in members)
    quirks = (*_peculiarities(seen, server), *server.quirks)
    return replace(seen, processes_left=left, ok=seen.failure is None and left == 0, quirks=quirks)


def _asked(seen: Inspection, catalog: Catalog, server: Server, settings: Settings, up: Up, patience: int) -> Inspection:
    url, app = up.target.url, catalog.apps[server.serves]
    manner = probe.manner(url, app.right)
    expected = rendering.slots(server, settings)
    # A user's own app has none of the endpoints that tell workers and slots apart.
    lacks = {"/delay", "/pid"} if app.folder else server.lacks.keys()
    failure = probe.steady(url, app.right) if app.folder else probe.verify(url, server.lacks)
    balance = Counter(probe.worker_pids(url, 4 * settings.workers)) if "/pid" not in lacks else None
    return replace(
        seen,
        failure=failure,
        keep_alive=manner.keep_alive,
        keep_alive_http10=manner.keep_alive_http10,
        http_version=manner.http_version,
        server_header=manner.server,
        headers=manner.headers,
        response_bytes=manner.response_bytes,
        slots_expected=min(expected, _MOST_SLOTS) if expected is not None else None,
        slots_measured=slots_at_once(url, expected, up.first_byte[1], patience)[0] if "/delay" not in lacks else None,
        workers_seen=len(balance) if balance is not None else None,
        balance=tuple(sorted((balance or {}).values(), reverse=True)),
        ttfb_first=up.first_byte[0],
        ttfb_second=up.first_byte[1],
        missing=() if app.folder else tuple(server.lacks),
    )


def slots_at_once(url: str, expected: int | None, usual: Seconds, patience: int = 1) -> tuple[int, int]:
    """Requests worked on at once, and how many were looked for: up to a bound, or some where nothing is expected.

    They are held up long enough that what each costs anyway, such as a new process, does not count; with patience, so
    many times as long.
    """
    sought = min(expected or _SOME_SLOTS, _MOST_SLOTS)
    delay = patience * min(max(_DELAY, 8 * usual, _DELAY_EACH * sought), _LONGEST_DELAY)
    return min(probe.measured_slots(url, sought, delay), _MOST_SLOTS), sought


def _peculiarities(seen: Inspection, server: Server) -> Iterator[str]:
    """What was seen that keeps a row from being compared with others without a word."""
    if seen.keep_alive is False:
        yield "closes connections"
    elif seen.keep_alive_http10 is False:
        yield "closes those of HTTP/1.0"
    if seen.http_version not in (None, "HTTP/1.1"):
        yield f"answers in {seen.http_version}"
    if seen.slots_differ:
        because = f": {server.slots_excuse}" if server.slots_excuse else ""
        yield f"works on {seen.slots_measured} at once instead of {seen.slots_expected}{because}"
    if seen.missing:
        yield f"has no {', '.join(seen.missing)}"


def _processes(pids: Iterable[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        try:
            found.append(psutil.Process(pid))
        except psutil.NoSuchProcess:
            continue
    return found


def _unasked(members: list[psutil.Process], url: str, host: str) -> list[str]:
    """Where others can reach these, but for the place where that was asked for."""
    return [place for place in exposed(members) if place != f"{host}:{urlsplit(url).port}"]
