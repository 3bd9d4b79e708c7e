"""`bench run --resume RUN`: go on with a run that was cut short, to the plan that it began with."""

import argparse
import shlex
from pathlib import Path

from bench import journal
from bench.errors import ConfigurationError
from bench.journal import Journal
from bench.model import Run
from bench.rows.catalog import Catalog, assets
from bench.running import past, resume
from bench.system import machine
from bench.verbs import measuring, options, turns

AGAIN = ("servers", "app", "project", "interface", "path", "env", "python", "host")
"""Options that tell how rows are run: a run does not store them, since they name what is on this machine alone."""
_ANYWAY = {"resume", "json", "no_wait", "columns", *AGAIN}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on with a run that was cut short, as it was planned; with --servers, --app and the like as then",
    )


def resumed(arguments: argparse.Namespace, usual: argparse.Namespace) -> tuple[Path, bool]:
    """Go on with a run; its folder, and whether somebody cut it short again. `usual` is what nobody asked for."""
    _check(arguments, usual)
    folder = arguments.resume.parent if arguments.resume.name == journal.FILE else arguments.resume
    run = _unfinished(folder).run
    known = _known(folder, run, arguments)
    servers = [known.servers[name] for name in run.servers]
    with turns.taken(arguments):
        # While we waited for our turn, somebody else may have gone on with it.
        past_of_it = past.remembered(_unfinished(folder))
        known = options.acquainted(known, servers, run.settings)
        return folder, measuring.go_on(folder, run, known, past_of_it)


def how(folder: Path, arguments: argparse.Namespace) -> str:
    """The command that goes on with a run. Of variables it has the names, since values may be secret."""
    command = ["bench", "run", "--resume", str(folder)]
    for name in AGAIN if arguments.app else ("servers", "python", "host"):
        said = getattr(arguments, name)
        for value in map(str, said if isinstance(said, list) else filter(None, [said])):
            command += [f"--{name}", value.partition("=")[0] if name == "env" else value]
    return shlex.join(command)


def _check(arguments: argparse.Namespace, usual: argparse.Namespace) -> None:
    for name, value in vars(usual).items():
        if name not in _ANYWAY and getattr(arguments, name) != value:
            told = "naming rows" if name == "rows" else f"--{name.replace('_', '-')}"
            raise ConfigurationError(f"{told} cannot go with --resume: a run goes on as it was planned.")


def _unfinished(folder: Path) -> Journal:
    said = journal.read(folder / journal.FILE)
    resume.unfinished(said)
    return said


def _known(folder: Path, run: Run, arguments: argparse.Namespace) -> Catalog:
    """The catalog with the rows as they were then; refused where anything is otherwise."""
    resume.same_machine(folder, run, machine.probe())
    arguments.rows, arguments.profile = list(run.servers), run.profile
    try:
        known = options.catalog(arguments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{folder} cannot be gone on with as it began: {error} {resume.AS_THEN}") from None
    known = resume.same_rows(folder, run, known)
    versions = measuring.versions(known, run.servers)
    resume.same_versions(folder, run, known, versions, machine.commit(assets()))
    resume.same_app(folder, run, known)
    return known
