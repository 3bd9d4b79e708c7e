"""`bench site`: a folder of runs as a small static site, for GitHub Pages or from the disk."""

import argparse
import json
import sys
from pathlib import Path

from bench.errors import BenchError
from bench.verbs import options
from bench.verbs.history import add_reading, followed
from bench.verbs.report import runs as runs_in
from bench.verbs.run import RESULTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, default=RESULTS, metavar="DIR", help="the folder of runs (default: results)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the site goes (default: 'site' in that folder)")
    parser.add_argument(
        "--charts",
        type=options.positive_integer,
        default=10,
        metavar="N",
        help="of the newest N runs, draw what is missing: charts of runs without a report, comparisons (default: 10)",
    )
    add_reading(parser)
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    from bench.report import site
    from bench.stored.archive import each

    runs = runs_in(arguments.folder)
    if not runs:
        raise BenchError(f"there is no run in {arguments.folder}: 'bench run --results' puts them there.")
    out = (arguments.out or arguments.folder / "site").absolute()
    found = followed(dict(each(site.begin(out, runs, arguments.charts), runs)), arguments)
    try:
        index = site.write(found, out, arguments.charts)
    except OSError as error:
        raise BenchError(f"the site cannot be written to {out}: {error.strerror}.") from None
    if arguments.json:
        print(json.dumps({"site": str(index), "runs": len(found.runs), "broken": dict(found.broken)}, indent=2))
    for name, why in found.broken.items():
        print(f"bench: {name} is left out: {why}", file=sys.stderr)
    print(f"bench: the site is {index}", file=sys.stderr)
    return 0 if found.runs else 1
