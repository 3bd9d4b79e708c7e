"""`bench verify`: derive everything anew from what a run has stored, and say whatever is not the same."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.verbs import options
from bench.verbs.report import latest
from bench.verbs.run import RESULTS

if TYPE_CHECKING:
    from bench.verify import Fault, Verification

_MOST = 8
"""Faults of one file that are told; one that was made of other records differs everywhere."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="folders of runs (default: the latest)")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="where runs are kept (default: results)"
    )
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    from bench.verify import verified

    found = [verified(folder) for folder in arguments.runs or [latest(arguments.results)]]
    for one in found:
        for note in one.notes:
            print(f"bench: {one.folder}: {note}", file=sys.stderr)
        if not arguments.json:
            print(told(one))
    if arguments.json:
        objects = [as_object(one) for one in found]
        print(json.dumps(objects if len(objects) > 1 else objects[0], indent=2))
    return 0 if all(one.holds for one in found) else 1


def told(one: "Verification") -> str:
    """A line on the run, and one on each fault, as far as a file has not too many."""
    if not one.holds:
        faults = f"{len(one.faults)} fault{'s' * (len(one.faults) != 1)}"
        return "\n".join([f"✗ {one.folder}: {faults}", *_listed(one.faults)])
    same = f"{', '.join(one.compared)} say the same" if one.compared else "nothing was written from them"
    words = [
        f"{word} {sum(said == word for said in one.verdicts.values())}" for word in dict.fromkeys(one.verdicts.values())
    ]
    verdicts = f"Verdicts: {', '.join(words) or 'none'}."
    return f"✓ {one.folder}: {one.records} records agree with themselves, and {same}. {verdicts}"


def as_object(one: "Verification") -> dict[str, object]:
    return {
        "run": str(one.folder),
        "holds": one.holds,
        "records": one.records,
        "compared": list(one.compared),
        "verdicts": dict(one.verdicts),
        "faults": [asdict(fault) for fault in one.faults],
        "notes": list(one.notes),
    }


def _listed(faults: Sequence["Fault"]) -> Iterator[str]:
    for file in dict.fromkeys(fault.file for fault in faults):
        those = [fault for fault in faults if fault.file == file]
        yield from (f"  {_place(fault)}: {fault.told}" for fault in those[:_MOST])
        if len(those) > _MOST:
            yield f"  {file}: {len(those) - _MOST} more, which --json tells"


def _place(fault: "Fault") -> str:
    return fault.file if fault.line is None else f"{fault.file}, line {fault.line}"
