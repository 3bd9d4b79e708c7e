"""Finds what a row needs on this machine, and says how to get what is missing."""

import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from bench.model import Program

_DAEMONS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


def find(program: Program) -> Path | None:
    """The first candidate that is there and may be executed: a name, or `package:pattern` for a file in a package."""
    return next((found for candidate in program.candidates if (found := _find(candidate))), None)


def missing(distributions: Iterable[str]) -> list[str]:
    """Which of these distributions this interpreter does not have."""
    return [name for name in distributions if not _installed(name)]


def suits(platforms: Iterable[str]) -> bool:
    """Whether this system is among them, by its own name (linux, darwin, win32) or its kind (posix, nt)."""
    named = tuple(platforms)
    return not named or sys.platform in named or os.name in named


def installer() -> str:
    """The command that adds packages to this interpreter's environment; one made by uv has no pip."""
    python = shlex.quote(sys.executable)
    if find_spec("pip") is None and shutil.which("uv"):
        return f"uv pip install --python {python}"
    return f"{python} -m pip install"


def _find(candidate: str) -> Path | None:
    package, colon, pattern = candidate.rpartition(":")
    if colon:
        found = (path for folder in _folders(package) for path in sorted(folder.glob(pattern)))
        return next((path for path in found if os.access(path, os.X_OK)), None)
    beside = (sysconfig.get_path("scripts"), str(Path(sys.executable).parent))
    places = os.pathsep.join((*beside, os.environ.get("PATH", os.defpath), *_DAEMONS))
    executable = shutil.which(candidate, path=places)
    return Path(executable) if executable else None


def _folders(package: str) -> list[Path]:
    spec = find_spec(package)
    return [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
