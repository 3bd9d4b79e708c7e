"""How fast the driver is here: once a run it is measured against the fastest thing at hand.

A row that comes near that figure may have been slowed by the driver, so it tells little of the row.
"""

from dataclasses import replace
from pathlib import Path
from random import Random

from bench.errors import BenchError
from bench.model import Load, Request, Run, Seconds, Server, Trial, Window
from bench.rows.catalog import Catalog
from bench.running import rates
from bench.running.launches import Launch
from bench.running.measuring import Crew, cut, whole

FASTEST = ("nginx-static", "granian", "uwsgi")
"""Rows that hardly do more than answer, the fastest first; the others have an app to call."""

_WARM_UP: Seconds = 0.2


def ceiling(run: Run, known: Catalog, crew: Crew, logs: Path) -> float | None:
    """Verified responses per second from one of these rows at capacity; None where none can run.

    Nor is there one for a load that asks for something else than they all answer. Raises BenchError when it fails.
    """
    load = next((load for load in run.loads if load.name == rates.capacity_load(run.loads)), None)
    server = _fastest(known)
    if load is None or server is None or load.requests != (Request(),) or load.requests_each:
        return None
    launch = Launch(Trial(server.name, 0, 0, run.seed), logs)
    try:
        launch.start(known, run.settings, crew.servers)
        return _measured(launch, crew, load, run.seed)
    finally:
        launch.end()


def _fastest(known: Catalog) -> Server | None:
    rows = (known.servers[name] for name in FASTEST if name in known.servers)
    return next((server for server in rows if known.obstacle(server) is None), None)


def _measured(launch: Launch, crew: Crew, load: Load, seed: int) -> float | None:
    crew.drive(launch.up.target, replace(load, name="warm up", duration=_WARM_UP, slice=None))
    if load.slice:
        cut(crew, [launch], load, Random(seed))
    else:
        whole(crew, launch, load)
    failure = launch.final().failure
    if failure:
        raise BenchError(failure)
    return max(_speeds(launch.windows[-1]), default=None)


def _speeds(window: Window) -> list[float]:
    """Of each slice, or of the whole: the best tells what the driver can do when nobody disturbs it."""
    pieces = window.slices
    if pieces is None:
        return [window.throughput]
    return [responses / wall for responses, wall in zip(pieces.responses, pieces.wall, strict=True)]
