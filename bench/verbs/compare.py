"""`bench compare`: two runs, or two rows, beside each other: ratios with intervals, and what was not the same."""

import argparse
import fnmatch
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench import journal
from bench.errors import BenchError, did_you_mean
from bench.verbs import options
from bench.verbs.report import runs as runs_in
from bench.verbs.run import RESULTS

if TYPE_CHECKING:
    from bench.compare import Comparison
    from bench.stored.digest import Digest

PAGE = "compare.html"
Side = tuple[Path, str | None]
"""A run's folder, and the row of it that is meant; None where all are."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sides",
        nargs="*",
        metavar="A B",
        help="two of: a run's folder, RUN:ROW, or a row of the latest run (default: the two newest runs)",
    )
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="of two runs, only these: names or patterns")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="where runs are kept (default: results)"
    )
    parser.add_argument("--markdown", action="store_true", help="print Markdown, as for a pull request")
    parser.add_argument(
        "--html",
        type=Path,
        nargs="?",
        const=Path(PAGE),
        metavar="FILE",
        help=f"write a page too, with its chart beside it (default: {PAGE}, in the folder we are in)",
    )
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    from bench.report import comparison_markdown, comparison_script, comparison_terminal

    comparison = compared(arguments.sides, arguments.results, arguments.rows)
    if arguments.json:
        print(json.dumps(comparison_script.as_object(comparison), indent=2))
    elif arguments.markdown:
        print(comparison_markdown.page(comparison), end="")
    else:
        print(comparison_terminal.table(comparison))
    if arguments.html:
        from bench.report import comparison_page

        print(f"bench: the page is {comparison_page.write(comparison, arguments.html)}", file=sys.stderr)
    return exit_code(comparison)


def exit_code(comparison: "Comparison") -> int:
    """1 when something is surely worse or gone, 3 when nothing could be decided, else 0."""
    if comparison.worse or comparison.lost or comparison.vanished:
        return 1
    return 0 if comparison.decided else 3


def compared(sides: list[str], results: Path, rows: list[str] | None) -> "Comparison":
    """What the command line asks to be held together."""
    from bench.compare import compare_rows, compare_runs

    (ours, one), (theirs, other) = _sides(sides, results)
    before = _digest(ours)
    after = before if ours == theirs else _digest(theirs)
    if one is None or other is None:
        if one or other:
            _row(before if one else after, one or other or "")
            raise BenchError("a run cannot be compared with a row: name two runs, or two rows as RUN:ROW.")
        if ours == theirs:
            raise BenchError(f"{ours} is the same run twice: name two runs, or two of its rows.")
        return compare_runs(before, after, _matching(rows, before, after))
    if rows:
        raise BenchError("--rows chooses among the rows of two runs; two rows were named already.")
    if (ours, one) == (theirs, other):
        raise BenchError(f"'{one}' is the same row twice: name two.")
    return compare_rows((before, _row(before, one)), (after, _row(after, other)))


def _sides(sides: list[str], results: Path) -> tuple[Side, Side]:
    if not sides:
        runs = [run.absolute() for run in runs_in(results)]
        if len(runs) < 2:
            raise BenchError(f"there are not two runs in {results} to compare: 'bench run' makes them.")
        return (runs[-2], None), (runs[-1], None)
    if len(sides) != 2:
        raise BenchError(f"two things are compared, {len(sides)} were named: bench compare A B.")
    return _side(sides[0], results), _side(sides[1], results)


def _side(said: str, results: Path) -> Side:
    """A folder, a folder's row, or a row of the latest run."""
    run, colon, row = said.rpartition(":")
    for path in (Path(said), results / said):
        if os.path.lexists(path):
            return _folder(path), None
    if colon:
        for path in (Path(run), results / run):
            if os.path.lexists(path):
                return _folder(path), row
    runs = [run.absolute() for run in runs_in(results)]
    if colon or not runs or "/" in said:
        near = did_you_mean(run or said, [path.name for path in runs])
        raise BenchError(f"there is no run '{run or said}' here, nor in {results}.{near}")
    return runs[-1], said


def _folder(path: Path) -> Path:
    return (path.parent if os.path.isfile(path) else path).absolute()


def _digest(folder: Path) -> "Digest":
    from bench.stored.digest import digest
    from bench.stored.understanding import understood

    with understood(folder):
        return digest(journal.read(folder))


def _row(run: "Digest", name: str) -> str:
    if name not in run.rows:
        why = f": {run.absent[name]}" if name in run.absent else f".{did_you_mean(name, run.rows)}"
        raise BenchError(f"'{name}' is no run, and the run {run.folder} has no row of that name{why}")
    return name


def _matching(patterns: list[str] | None, before: "Digest", after: "Digest") -> list[str] | None:
    if patterns is None:
        return None
    known = [*dict.fromkeys([*before.rows, *after.rows])]
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            raise BenchError(f"neither run has a row '{pattern}'.{did_you_mean(pattern, known)}")
    return [name for name in known if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
