"""The part of `bench run` that measures: for how long, with which loads, and every record written as it comes."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

from bench import drivers, interrupts
from bench.errors import BenchError, ConfigurationError
from bench.model import Load, Machine, Run, Seconds
from bench.progress import watching
from bench.rows.catalog import Catalog
from bench.running import preflight, resume
from bench.running.ceiling import ceiling
from bench.running.ledger import Ledger
from bench.running.measuring import Crew
from bench.running.past import Past
from bench.running.plan import LEAST_ALONE, LEAST_ROUNDS
from bench.running.session import Bench, carry_out
from bench.system import machine
from bench.system.awake import awake
from bench.verbs import options

PRECISION = 2.0
MAX_TIME: Seconds = 330.0
_MOST_IN_SLICES = 512
"""With more connections a slice is over before most of them have an answer."""
_EACH_CORE = 8
"""Connections for each core that rows have."""
_WINDOW: Seconds = 0.8
"""The shortest window for drivers that begin each with a process of their own."""
_DROWSY = (
    "this virtual machine lends idle cores to others, and its kernel lets no process keep them busy at nobody's cost: "
    "throughput will scatter more than it has to"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whole, number = options.positive_integer, options.positive_number
    parser.add_argument(
        "--precision",
        type=number,
        metavar="P",
        help=f"launch rows anew until all are known to ±P %% (default: {PRECISION:g}), {LEAST_ROUNDS} times at least, "
        f"one alone {LEAST_ALONE} times",
    )
    parser.add_argument(
        "--max-time",
        type=number,
        metavar="S",
        help=f"begin no round that would end after S seconds (default: {MAX_TIME:g})",
    )
    parser.add_argument("--rounds", type=whole, metavar="N", help="launch all rows so often, however precise that is")
    parser.add_argument("--seed", type=int, metavar="N", help="repeat the random order of an earlier run")
    parser.add_argument(
        "--duration",
        type=number,
        metavar="S",
        help="seconds of load at a time (default: 0.3, less in slices)",
    )
    parser.add_argument(
        "--connections",
        type=whole,
        metavar="N",
        help="connections of the driver (default: 64, for capacity 16 or more)",
    )


def check(arguments: argparse.Namespace) -> None:
    if arguments.rounds and (arguments.precision or arguments.max_time):
        raise ConfigurationError("--rounds says when to stop, as --precision and --max-time do: give one or the other.")


class Stop(TypedDict):
    """When a run is over, as Run has it."""

    rounds: int | None
    precision: float | None
    max_time: Seconds | None


def stop(arguments: argparse.Namespace) -> Stop:
    if arguments.rounds:
        return {"rounds": arguments.rounds, "precision": None, "max_time": None}
    precision = (arguments.precision or PRECISION) / 100
    return {"rounds": None, "precision": precision, "max_time": arguments.max_time or MAX_TIME}


def loads(known: Iterable[Load], arguments: argparse.Namespace, here: Machine, slots: int = 1) -> tuple[Load, ...]:
    """The loads that the driver can put on rows here, as told to: cut into slices only where it can do that.

    What a row can do shows only where each of the `slots` in which it works finds the next request waiting, and where
    no core is idle because the kernel gave a worker no connection.
    """
    cut = drivers.can_slice(arguments.driver)
    least = max(2 * slots, _EACH_CORE * len(here.server_cores or range(here.cores)))
    fitting = [
        _told(load, arguments, least)
        for load in known
        if drivers.can_drive(arguments.driver, load)
        # Nothing is gained by telling cost apart where nobody can be placed, or where it has a core of its own anyway.
        and (not load.shared or (cut and here.driver_cores))
    ]
    return tuple(load if cut and load.connections <= _MOST_IN_SLICES else _whole(load) for load in fitting)


def _told(load: Load, arguments: argparse.Namespace, least: int) -> Load:
    """With the duration and connections that were asked for; what a response costs is told with its own number."""
    load = replace(load, duration=arguments.duration or load.duration)
    if load.shared:
        return load
    connections = arguments.connections or (max(load.connections, least) if load.slice else load.connections)
    title = load.title.replace(f"{load.connections} connections", f"{connections} connections")
    return replace(load, title=title, connections=connections)


def _whole(load: Load) -> Load:
    least = _WINDOW * max(1.0, load.connections / _MOST_IN_SLICES)
    return replace(load, slice=None, duration=max(load.duration, least)) if load.slice else load


def versions(known: Catalog, rows: Iterable[str]) -> dict[str, str]:
    """Those of all that measures and is measured, as far as it is installed beside the harness or a program."""
    servers = [known.servers[name] for name in rows]
    needs = [name for server in servers for name in server.needs]
    programs = {name: path for one in servers for name in one.programs if (path := known.find_program(name))}
    return machine.versions([*needs, "locust"], programs)


def measure(folder: Path, run: Run, known: Catalog) -> bool:
    """Carry out the run into a folder of its own, each record written as it comes; whether somebody cut it short."""
    Ledger.check(folder.parent)
    with _crew(run) as (crew, here):
        run = replace(run, machine=here)
        with TemporaryDirectory() as scratch:
            run = replace(run, ceiling=_ceiling(run, known, crew, Path(scratch)))
        ledger = Ledger.begin(folder, run)
        return _carried_out(Bench(run, known, crew, ledger.logs), ledger)


def go_on(folder: Path, run: Run, known: Catalog, past: Past) -> bool:
    """Carry out what is left of a run, into its own folder; whether somebody cut it short again."""
    with _crew(run) as (crew, here):
        resume.same_machine(folder, run, here)
        ledger = Ledger.resume(folder, run, past.records)
        return _carried_out(Bench(run, known, crew, ledger.logs, past=past), ledger)


@contextmanager
def _crew(run: Run) -> Iterator[tuple[Crew, Machine]]:
    """Who measures, and the machine as it is while they do."""
    _prepare(run)
    servers, apart = run.machine.server_cores, run.machine.driver_cores
    with drivers.driving(run.driver, apart) as drive, awake(run.machine) as here:
        if here != run.machine:
            options.tell(_DROWSY)
        yield Crew(drive, servers, apart), here


def _carried_out(bench: Bench, ledger: Ledger) -> bool:
    try:
        with watching(bench.run, bench.past.spent) as watch:
            told = replace(bench, tell=ledger.looking(watch.step), rank=watch.rank, undisturbed=interrupts.deferred)
            for record in carry_out(told):
                ledger.append(record)
                watch.record(record)
    except KeyboardInterrupt:
        ledger.finish("interrupted")
        return True
    ledger.finish("complete")
    return False


def _prepare(run: Run) -> None:
    """See that all connections can be had, and say what this machine does to the figures."""
    most = max((load.connections for load in run.loads), default=0)
    preflight.allow_connections(most, proxied=any(row.front for row in run.servers.values()))
    for caution in preflight.cautions(run.machine):
        options.tell(caution)


def _ceiling(run: Run, known: Catalog, crew: Crew, logs: Path) -> float | None:
    try:
        return ceiling(run, known, crew, logs)
    except BenchError as error:
        print(f"bench: how much the driver could do is not known: {error}", file=sys.stderr)
        return None
