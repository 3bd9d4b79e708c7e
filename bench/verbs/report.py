"""`bench report`: write the report of a run again, from its records alone."""

import argparse
import json
import sys
from pathlib import Path

from bench import journal
from bench.errors import BenchError, shown
from bench.stored import shelf
from bench.verbs import options, situation, steps
from bench.verbs.run import RESULTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="folders of runs (default: the latest)")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="where runs are kept (default: results)"
    )
    situation.add_columns(parser)
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    from bench import report
    from bench.report.script import as_object
    from bench.report.summary import summarise
    from bench.report.terminal import ranking
    from bench.stored.understanding import understood

    objects = []
    for folder in arguments.runs or [latest(arguments.results)]:
        said = journal.read(folder)
        if said.path.name != journal.FILE:
            raise BenchError(f"{said.path} is not called {journal.FILE}, as the records of a run are.")
        with understood(said.path.parent):
            summary = summarise(said)
            report.write(said.path.parent)
            objects.append(as_object(summary))
            text = ranking(summary) + situation.columns(summary, arguments.columns)
        steps.show(said.path.parent)
        if not arguments.json:
            print(text)
        print(f"bench: the report is {said.path.parent / 'report.html'}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(objects if len(objects) > 1 else objects[0], indent=2))
    return 0


def latest(results: Path) -> Path:
    """The folder of the run that was begun last."""
    found = runs(results)
    if not found:
        raise BenchError(f"there is no run in {results}: 'bench run' makes one.")
    return found[-1]


def runs(results: Path) -> list[Path]:
    """The folders of runs in a folder, the oldest first; what else lies there is told."""
    found = shelf.runs(results)
    if other := shelf.strangers(results):
        options.tell(f"passed over, without {journal.FILE}: {', '.join(shown(str(results / one)) for one in other)}")
    return found
