"""The table of faults that tests inject for real, read from the tests' marks."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
SUBJECTS = ("server", "driver", "harness", "machine", "file", "security")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with whom, what becomes of it, and the file with the test that makes it happen."""

    subject: str
    what: str
    outcome: str
    file: str


def faults(folder: Path = TESTS) -> list[Fault]:
    """Every `pytest.mark.fault(subject, what, outcome)` in the tests, by subject.

    Raises ValueError for a subject unheard of.
    """
    found = [fault for path in sorted(folder.rglob("test_*.py")) for fault in _marked(path, folder)]
    if unheard := {fault.subject for fault in found} - {*SUBJECTS}:
        raise ValueError(f"faults have one of the subjects {', '.join(SUBJECTS)}, not {', '.join(unheard)}")
    return sorted(found, key=lambda fault: SUBJECTS.index(fault.subject))


def table() -> str:
    """All of them as a Markdown table."""
    lines = ["|  | fault | what becomes of it | test |", "| --- | --- | --- | --- |"]
    for number, fault in enumerate(faults(), 1):
        place = f"[{Path(fault.file).stem}](../tests/{fault.file})"
        lines.append(f"| {number} | {fault.subject}: {fault.what} | {fault.outcome} | {place} |")
    return "\n".join(lines) + "\n"


def _marked(path: Path, folder: Path) -> Iterator[Fault]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
            subject, what, outcome = (ast.literal_eval(argument) for argument in node.args)
            yield Fault(subject, what, outcome, path.relative_to(folder).as_posix())
