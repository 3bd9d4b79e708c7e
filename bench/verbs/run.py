"""`bench run`: measure rows, write every record as it happens, then the report, and print the ranking."""

import argparse
import json
import re
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import __version__, drivers, journal, launch, voice
from bench.errors import ConfigurationError, did_you_mean
from bench.model import Load, Machine, Run, Server, Settings
from bench.rows import rendering
from bench.rows.catalog import Catalog, assets
from bench.running import resume, sweep
from bench.system import machine
from bench.system.discretion import discreet
from bench.verbs import measuring, options, resuming, situation, steps, turns

RESULTS = Path("results")
_NAME = re.compile(r"[\w.+-]{1,60}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_rows(parser)
    measuring.add_arguments(parser)
    parser.add_argument(
        "--sweep",
        type=options.positive_integer,
        metavar="N",
        help="load with 1, 2, 4 … up to N connections as well: 0.3 s more each, row and launch",
    )
    parser.add_argument("--driver", default="locust", metavar="NAME", help="what makes the load (default: locust)")
    options.add_settings(parser, situation.SIEGE)
    situation.add_scenario(parser)
    situation.add_columns(parser)
    options.add_app(parser)
    options.add_host(parser)
    parser.add_argument("--name", default="run", help="what the run's folder is called, after its time (default: run)")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="where runs are kept (default: results)"
    )
    resuming.add_arguments(parser)
    turns.add_arguments(parser)
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        usual = argparse.ArgumentParser()
        add_arguments(usual)
        return _conclude(*resuming.resumed(arguments, usual.parse_args([])), arguments)
    scenario = situation.chosen(arguments)
    known = situation.placed(options.catalog(arguments), scenario)
    servers, unavailable = runnable(known, arguments.rows)
    settings = options.settings(arguments, known.settings)
    _check(arguments)
    measuring.check(arguments)
    for name, reason in unavailable.items():
        print(f"bench: {name} is left out: {reason}", file=sys.stderr)
    with turns.taken(arguments):
        known = options.acquainted(known, servers, settings)
        run = _described(known, servers, unavailable, arguments, settings)
        folder = arguments.results / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{arguments.name}"
        interrupted = measuring.measure(folder, run, known)
    return _conclude(folder, interrupted, arguments)


def runnable(known: Catalog, rows: list[str]) -> tuple[list[Server], dict[str, str]]:
    """The rows that can run here, and why the others cannot; a row asked for by name must be able to."""
    servers, unavailable = [], {}
    for server in known.select(rows):
        obstacle = known.obstacle(server)
        if obstacle is None:
            servers.append(server)
            continue
        unavailable[server.name] = f"{obstacle[0]}. {obstacle[1]}".rstrip()
        if server.name in rows:
            raise ConfigurationError(f"{server.name} cannot run here: {unavailable[server.name]}")
    if not servers:
        raise ConfigurationError("none of these rows can run here: 'bench list' says what would make them.")
    return servers, unavailable


def _check(arguments: argparse.Namespace) -> None:
    if arguments.driver not in drivers.DRIVERS:
        near = did_you_mean(arguments.driver, drivers.DRIVERS)
        raise ConfigurationError(f"there is no driver '{arguments.driver}'.{near}")
    if not _NAME.fullmatch(arguments.name):
        raise ConfigurationError(f"--name '{arguments.name}' is no name for a folder: letters, digits and . + - only.")


def _loads(
    known: Catalog, servers: list[Server], arguments: argparse.Namespace, settings: Settings, here: Machine
) -> tuple[Load, ...]:
    """What every row is asked: the user's own app only what it was seen to answer."""
    from bench.doctor import kept

    loads = list(known.loads.values())
    if arguments.app:
        right = tuple({found for server in servers if (found := known.apps[server.serves].right)})
        loads = [replace(load, requests=right) for load in loads]
    if kept(arguments.results, here) == "apart":
        print(
            "bench: cost is measured with the driver on a core of its own, as `bench doctor` advised", file=sys.stderr
        )
        loads = [load for load in loads if not load.shared]
    slots = max(rendering.busy(server, known.told(server, settings)) for server in servers)
    fitting = measuring.loads(loads, arguments, here, slots)
    return sweep.swept(fitting, arguments.sweep, settings) if arguments.sweep else fitting


def _described(
    known: Catalog,
    servers: list[Server],
    unavailable: dict[str, str],
    arguments: argparse.Namespace,
    settings: Settings,
) -> Run:
    """Everything about the run that is known before it begins."""
    here = machine.probe()
    return Run(
        name=arguments.name,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        driver=arguments.driver,
        seed=arguments.seed if arguments.seed is not None else time.time_ns() % 2**32,
        commit=machine.commit(assets()),
        settings=settings,
        machine=here,
        versions=measuring.versions(known, [server.name for server in servers]),
        servers={server.name: launch.described(known, server, settings) for server in servers},
        loads=_loads(known, servers, arguments, settings, here),
        unavailable={name: discreet(reason) for name, reason in unavailable.items()},
        profile=known.profile,
        app=resume.digest(known, [server.name for server in servers]),
        **measuring.stop(arguments),
    )


def _conclude(folder: Path, interrupted: bool, arguments: argparse.Namespace) -> int:
    """Print the ranking and write the report; 1 when a trial failed or a row is not believed, 130 if interrupted."""
    from bench.report.script import as_object
    from bench.report.summary import summarise
    from bench.report.terminal import ranking

    summary = summarise(journal.read(folder))
    if arguments.json:
        voice.printed(json.dumps(as_object(summary), indent=2))
    else:
        voice.printed(ranking(summary) + situation.columns(summary, arguments.columns))
    if interrupted:
        options.tell(f"interrupted; what was measured is kept: bench report {folder}")
        options.tell(f"to go on with it: {resuming.how(folder, arguments)}")
        return 130
    from bench import report

    report.write(folder)
    steps.show(folder)
    if summary.struck and not summary.ranked and summary.run.precision is not None:
        options.tell("no row can be believed, so more rounds would not have made any more precise")
    print(f"bench: the report is {folder / 'report.html'}", file=sys.stderr)
    failed = any(record.failure for row in summary.rows for record in row.records)
    return 1 if failed or summary.struck else 0
