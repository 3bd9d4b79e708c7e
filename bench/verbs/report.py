"""`bench report`: write the report of a run again, from its records alone."""

import argparse
import json
import sys
from pathlib import Path

from bench import journal
from bench.errors import BenchError
from bench.verbs import options
from bench.verbs.run import RESULTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="folders of runs (default: the latest)")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="where runs are kept (default: results)"
    )
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    from bench import report

    folders = arguments.runs or [latest(arguments.results)]
    said = []
    for folder in folders:
        run = journal.read(folder)
        report.write(run.path.parent)
        said.append(report.script(run))
        if not arguments.json:
            print(report.ranking(run))
        print(f"bench: the report is {run.path.parent / 'report.html'}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(said if len(folders) > 1 else said[0], indent=2))
    return 0


def latest(results: Path) -> Path:
    """The folder of the run that was begun last; their names begin with the time."""
    runs = sorted(path.parent for path in results.glob(f"*/{journal.FILE}"))
    if not runs:
        raise BenchError(f"there is no run in {results}: 'bench run' makes one.")
    return runs[-1]
