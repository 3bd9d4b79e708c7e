"""The house style, as far as it can be counted; CONTRIBUTING.md says the rest."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SENTENCE = re.compile(r"([.?]|https?://\S+)$")
LONGEST_FUNCTION = 40
LONGEST_FILE = 250
VAGUE = re.compile(r"(?i)(?<![a-z])(utils?|helpers?|manager)(?![a-z])")
MACHINE = {
    "an index": re.compile(r"--(extra-)?index[-]url|--find[-]links|/simple(?=/?[\"'\s]|$)"),
    "a path of one machine": re.compile(r"(?<![\w.~:-])/(root|home)/[\w.-]"),
}


def tracked(*patterns: str) -> list[Path]:
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--", *patterns]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


SOURCES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in tracked("bench/*.py", "apps/*.py", "tests/*.py", "docs/*.py")
}


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def names(file: str, source: str) -> Iterator[str]:
    """Of a file, its classes and its functions, as words_with_lines_between."""
    classes = (node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef))
    for name in (Path(file).stem, *classes, *(function.name for function in functions(source))):
        yield re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def foreign(text: str) -> list[tuple[int, str, str]]:
    """The line number, the kind and the start of what only one machine can know."""
    return [
        (number, what, line.strip()[:80])
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in MACHINE.items()
        if pattern.search(line)
    ]


def test_a_file_opens_with_a_sentence_on_what_it_is_for() -> None:
    said = {file: (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0] for file, source in SOURCES.items()}
    assert {file: first for file, first in said.items() if not SENTENCE.search(first)} == {}


def test_a_file_is_one_idea() -> None:
    lengths = {file: len(source.splitlines()) for file, source in SOURCES.items()}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_a_function_can_be_seen_whole() -> None:
    long = [
        f"{file}:{function.lineno}: {function.name} has {length(function)} lines"
        for file, source in SOURCES.items()
        for function in functions(source)
        if length(function) > LONGEST_FUNCTION
    ]
    assert long == []


def test_names_say_something() -> None:
    vague = [
        f"{file}: {name}" for file, source in SOURCES.items() for name in names(file, source) if VAGUE.search(name)
    ]
    assert vague == []


def test_nothing_in_git_belongs_to_one_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}:{number}: {what}: {line}" for number, what, line in foreign(text)]
    assert found == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("pip install -" + "-index-url x", "an index"),
        ("url = 'https://example.org/sim" + "ple/'", "an index"),
        ("run = '/ro" + "ot/.venv/bin/python'", "a path of one machine"),
        ("see /ho" + "me/someone/x", "a path of one machine"),
    ],
)
def test_what_belongs_to_one_machine_is_recognised(line: str, what: str) -> None:
    assert foreign(f"harmless\n  {line}\n") == [(2, what, line)]


@pytest.mark.parametrize("name", ["utils", "server_helper", "PluginManager"])
def test_a_vague_name_is_recognised(name: str) -> None:
    assert VAGUE.search(next(names(f"{name}.py", "")))
