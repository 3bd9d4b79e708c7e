"""Finds what a row needs on this machine, and says how to get what is missing."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from bench.rows import interpreter

_NOBODY = 65534
_DAEMONS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


@dataclass(frozen=True)
class Program:
    """An executable that commands call by `name`: where it is looked for, in order, and the command that installs it.

    A candidate is a name, or `package:pattern` for a file inside an installed package, or the whole path of a file that
    a program loads rather than the system runs.
    """

    name: str
    candidates: tuple[str, ...]
    remedy: str


def find(program: Program, python: str = "") -> Path | None:
    """The first candidate that is there and may be executed; what stands beside the row's interpreter comes first."""
    return next((found for candidate in program.candidates if (found := _find(candidate, python))), None)


def missing(distributions: Iterable[str], python: str = "") -> list[str]:
    """Which of these distributions an interpreter does not have; '' is this one."""
    if not python:
        return [name for name in distributions if not _installed(name)]
    return [name for name in distributions if interpreter.normalised(name) not in interpreter.of(python).versions]


def suits(platforms: Iterable[str]) -> bool:
    """Whether this system is among them, by its own name (linux, darwin, win32) or its kind (posix, nt)."""
    named = tuple(platforms)
    return not named or sys.platform in named or os.name in named


def installer(python: str = "") -> str:
    """The command that adds packages to an interpreter's environment, '' being this one; one made by uv has no pip."""
    python = _quoted(python or sys.executable)
    if find_spec("pip") is None and (uv := _find("uv")):
        return f"{_quoted(str(uv))} pip install --python {python}"
    return f"{python} -m pip install"


def _quoted(word: str) -> str:
    return subprocess.list2cmdline([word]) if sys.platform == "win32" else shlex.quote(word)


def account() -> tuple[str, str]:
    """Whom a daemon's workers may run as, user and group: nobody when we are root, else ourselves.

    In a container either may have a number and no name.
    """
    if sys.platform == "win32":
        return os.environ.get("USERNAME", "user"), ""
    import grp
    import pwd

    try:
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        return user.pw_name, grp.getgrgid(user.pw_gid).gr_name
    except KeyError:
        return str(os.geteuid() or _NOBODY), str(os.getegid() or _NOBODY)


def _find(candidate: str, python: str = "") -> Path | None:
    candidate = os.path.expandvars(candidate)
    if os.path.isabs(candidate):
        return Path(candidate) if Path(candidate).is_file() else None
    package, colon, pattern = candidate.rpartition(":")
    if colon:
        found = (path for folder in _folders(package) for path in sorted(folder.glob(pattern)))
        return next((path for path in found if os.access(path, os.X_OK)), None)
    beside = [str(Path(python or sys.executable).parent), *([] if python else [sysconfig.get_path("scripts")])]
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
