"""Finds what a row needs on this machine, and says how to get what is missing."""

import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

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


def find(program: Program) -> Path | None:
    """The first candidate that is there and may be executed."""
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
    if find_spec("pip") is None and (uv := _find("uv")):
        return f"{shlex.quote(str(uv))} pip install --python {python}"
    return f"{python} -m pip install"


def account() -> tuple[str, str]:
    """Whom a daemon's workers may run as, user and group: nobody when we are root, else ourselves."""
    if os.name == "nt":
        return os.environ.get("USERNAME", "user"), ""
    import grp
    import pwd

    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return user.pw_name, grp.getgrgid(user.pw_gid).gr_name


def _find(candidate: str) -> Path | None:
    if os.path.isabs(candidate):
        return Path(candidate) if Path(candidate).is_file() else None
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
