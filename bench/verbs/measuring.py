"""The part of `bench run` that measures: for how long, with which loads, and every record written as it comes."""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

from bench import drivers, journal
from bench.catalog import Catalog
from bench.ceiling import ceiling
from bench.errors import BenchError, ConfigurationError
from bench.measuring import Crew
from bench.model import Load, Machine, Run, Seconds
from bench.progress import watching
from bench.session import LEAST_ROUNDS, Bench, carry_out
from bench.verbs import options

PRECISION = 2.0
MAX_TIME: Seconds = 330.0
_WINDOW: Seconds = 0.8
"""The shortest window for drivers that begin each with a process of their own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whole, number = options.positive_integer, options.positive_number
    parser.add_argument(
        "--precision",
        type=number,
        metavar="P",
        help=f"launch rows anew until all are known to ±P %% (default: {PRECISION:g}), {LEAST_ROUNDS} times at least",
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
        "--duration", type=number, metavar="S", help="seconds of load at a time (default: 0.3, in slices 0.18, twice)"
    )
    parser.add_argument("--connections", type=whole, metavar="N", help="connections of the driver (default: 64)")


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


def loads(known: Iterable[Load], arguments: argparse.Namespace, here: Machine) -> tuple[Load, ...]:
    """The loads that the driver can put on rows here, as told to: cut into slices only where it can do that."""
    said = {name: value for name in ("duration", "connections") if (value := getattr(arguments, name)) is not None}
    cut = drivers.can_slice(arguments.driver)
    fitting = [
        replace(load, **said) if not load.shared else replace(load, duration=said.get("duration", load.duration))
        for load in known
        if drivers.can_drive(arguments.driver, load)
        # Nothing is gained by telling cost apart where nobody can be placed, or where it has a core of its own anyway.
        and (not load.shared or (cut and here.driver_cores))
    ]
    return tuple(fitting if cut else map(_whole, fitting))


def _whole(load: Load) -> Load:
    return replace(load, slice=None, duration=max(load.duration, _WINDOW)) if load.slice else load


def measure(folder: Path, run: Run, known: Catalog) -> bool:
    """Carry out the run into a folder of its own, each record written as it comes; whether somebody cut it short."""
    servers, apart = run.machine.server_cores, run.machine.driver_cores
    with drivers.driving(run.driver, apart) as drive, TemporaryDirectory() as scratch:
        crew = Crew(drive, servers, apart)
        run = replace(run, ceiling=_ceiling(run, known, crew, Path(scratch)))
        path = journal.begin(folder, run)
        logs = folder / "logs"
        logs.mkdir()
        try:
            with watching(run) as watch:
                for record in carry_out(Bench(run, known, crew, logs, tell=watch.step, rank=watch.rank)):
                    journal.append(path, record)
                    watch.record(record)
        except KeyboardInterrupt:
            journal.finish(path, "interrupted")
            return True
    journal.finish(path, "complete")
    return False


def _ceiling(run: Run, known: Catalog, crew: Crew, logs: Path) -> float | None:
    try:
        return ceiling(run, known, crew, logs)
    except BenchError as error:
        print(f"bench: how much the driver could do is not known: {error}", file=sys.stderr)
        return None
