"""`bench history`: over many stored runs, where the figures of a row changed, between which commits."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import BenchError, did_you_mean
from bench.verbs import options
from bench.verbs.report import runs as runs_in
from bench.verbs.run import RESULTS

if TYPE_CHECKING:
    from bench.history import History
    from bench.stored.digest import Digest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, default=RESULTS, metavar="DIR", help="the folder of runs (default: results)"
    )
    add_reading(parser)
    options.add_json(parser)


def add_reading(parser: argparse.ArgumentParser) -> None:
    """How steps are looked for."""
    parser.add_argument(
        "--yardsticks",
        nargs="+",
        metavar="ROW",
        default=[],
        help="rows that stand for the machine's speed (default: those of the group @yardsticks)",
    )
    parser.add_argument(
        "--least",
        type=options.positive_number,
        default=1.0,
        metavar="PERCENT",
        help="the smallest step that is told (default: 1)",
    )


def execute(arguments: argparse.Namespace) -> int:
    from bench.report import history_text

    found = read(arguments)
    print(json.dumps(history_text.as_object(found), indent=2) if arguments.json else history_text.page(found))
    return exit_code(found)


def read(arguments: argparse.Namespace) -> "History":
    """Every run below the folder, read and followed."""
    from bench.stored.archive import digests

    runs = runs_in(arguments.folder)
    if not runs:
        raise BenchError(f"there is no run in {arguments.folder}: 'bench run --results' puts them there.")
    return followed(dict(digests(runs)), arguments)


def followed(found: Mapping[Path, "Digest | str"], arguments: argparse.Namespace) -> "History":
    """The history of what could be read, with the names of what could not."""
    from bench.history import history
    from bench.stored.digest import Digest

    known = [one for one in found.values() if isinstance(one, Digest)]
    _check(arguments.yardsticks, known)
    return history(
        known,
        yardsticks=arguments.yardsticks,
        broken={run.name: one for run, one in found.items() if isinstance(one, str)},
        least=arguments.least / 100,
    )


def exit_code(found: "History") -> int:
    """1 when a newest level is worse than the one before, 3 when there are too few runs for any level to change."""
    if found.worsened:
        return 1
    return 0 if any(len(track.values) > 3 for track in found.tracks) else 3


def _check(yardsticks: Sequence[str], runs: Sequence["Digest"]) -> None:
    names = {name for run in runs for name in run.rows}
    for name in yardsticks:
        if name not in names:
            raise BenchError(f"no run has a row '{name}' to be a yardstick.{did_you_mean(name, names)}")
