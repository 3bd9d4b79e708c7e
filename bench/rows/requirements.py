"""What a project says it needs, read from its requirements.txt or pyproject.toml without carrying anything out."""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import ConfigurationError
from bench.intake import content
from bench.rows.interpreter import normalised

_ITSELF = re.compile(r"(-e|--editable)?[\s=]*(file:)?\.{1,2}/?(\[[^\]]*\])?\s*$")
_PATH = re.compile(r"(-e|--editable)?[\s=]*(file:)?\.{0,2}/")
_INCLUDED = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*(.+)$")
_MOST = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Requirements:
    """Lines for an installer, includes resolved; `source` is the file they are from, for errors and for people."""

    source: str
    lines: tuple[str, ...]
    constraints: tuple[str, ...] = ()


def of_project(folder: Path, top: Path | None = None) -> Requirements | None:
    """The requirements of the project in a folder, or in the nearest one above it up to `top`; None without any.

    The project itself is left out: it is imported from its folder. Raises ConfigurationError for what cannot be read.
    """
    for place in _upwards(folder, top or folder):
        for name, read in (("requirements.txt", _from_text), ("pyproject.toml", _from_table)):
            if (place / name).is_file() and (found := read(place / name)):
                return found
    return None


def name(requirement: str) -> str:
    """The distribution that a requirement is about: 'Flask[async]>=3; python_version > "3"' is about 'flask'."""
    match = _NAME.match(requirement)
    return normalised(match.group()) if match else ""


def _upwards(folder: Path, top: Path) -> Iterator[Path]:
    yield folder
    while folder != top and top in folder.parents:
        folder = folder.parent
        yield folder


def _from_text(path: Path) -> Requirements | None:
    lines, constraints = _flat(path, path.parent, ())
    return Requirements(path.name, tuple(lines), tuple(constraints)) if lines else None


def _flat(path: Path, root: Path, above: Sequence[Path]) -> tuple[list[str], list[str]]:
    """A file's lines with those of the files it includes, requirements and constraints apart."""
    lines: list[str] = []
    constraints: list[str] = []
    if path in above:
        raise ConfigurationError(f"{_named(path, root)} includes itself.")
    for number, line in _logical(path, root):
        if included := _INCLUDED.match(line):
            inner, bounds = _flat(path.parent / shlex.split(included[2])[0], root, [*above, path])
            constraints += bounds
            (constraints if included[1] in ("-c", "--constraint") else lines).extend(inner)
        elif _ITSELF.match(line):
            continue
        elif _PATH.match(line):
            raise ConfigurationError(
                f"{_named(path, root)}, line {number}: '{line}' is a folder, which an environment that is kept cannot "
                "hold. Name an interpreter that has it: --python PATH."
            )
        else:
            lines.append(line)
    return lines, constraints


def _logical(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """The lines that say something, continued ones joined, with the number each ends at."""
    try:
        text = content(path, _MOST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{_named(path, root)} cannot be read: {_why(error)}.") from None
    held = ""
    for number, line in enumerate(text.splitlines(), 1):
        held += re.sub(r"(^|\s)#.*", "", line).strip()
        if held.endswith("\\"):
            held = held[:-1].rstrip() + " "
            continue
        if held:
            yield number, held
        held = ""


def _from_table(path: Path) -> Requirements | None:
    try:
        tables = tomllib.loads(content(path, _MOST).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {_why(error)}.") from None
    project = _table(tables, "project")
    dynamic, poetry = project.get("dynamic"), _table(_table(tables, "tool"), "poetry")
    if (isinstance(dynamic, list) and "dependencies" in dynamic) or "dependencies" in poetry:
        raise ConfigurationError(
            f"{path.name} does not list its dependencies under [project]. Write them into a requirements.txt, or name "
            "an interpreter that has them: --python PATH."
        )
    said = project.get("dependencies", ())
    if not isinstance(said, list | tuple):
        raise ConfigurationError(f"{path.name} cannot be followed: dependencies under [project] are no list.")
    return Requirements(path.name, tuple(map(str, said))) if said else None


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of a file that is others' to check, empty where it is none."""
    found = tables.get(name)
    return found if isinstance(found, dict) else {}


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _named(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name
