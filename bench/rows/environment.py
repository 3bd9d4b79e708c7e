"""Environments for rows that cannot run in the harness's own: built once for what they need, kept in the user's cache.

An environment's name is the hash of all that decides what is in it, so that names, and with them all paths, are of
equal length, and whatever asks for the same again finds it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from bench.errors import ConfigurationError
from bench.rows import interpreter
from bench.rows.programs import Program, find
from bench.rows.requirements import Requirements, name
from bench.system.locks import seized

Tell = Callable[[str], None]

_FORMAT = 1
_LONGEST_BUILD = 1800.0
_PAUSE = 0.1
_VERSION = re.compile(r"\d+(\.\d+)*")
_ORNAMENT = re.compile(r"[\u00d7\u2500-\u25ff]+")


@dataclass(frozen=True)
class Wanted:
    """What an environment must have: a Python ('' the harness's, a version, an executable), a project's requirements,
    distributions that are added where these do not bring them, and requirements that come over all others.
    """

    python: str
    project: Requirements | None
    needs: tuple[str, ...]
    pins: tuple[str, ...]


def wanted(python: str, project: Requirements | None, needs: Sequence[str], pins: Sequence[str]) -> Wanted:
    """What a row needs; a need without a version gets the harness's, so that two builds differ in nothing else."""
    pinned = {name(pin) for pin in pins}
    here = interpreter.of("").versions
    kept = [need for need in needs if name(need) not in pinned]
    exact = [f"{need}=={here[name(need)]}" if name(need) in here else need for need in kept]
    return Wanted(python, project, tuple(sorted(exact)), tuple(sorted(pins)))


def built(want: Wanted, tell: Tell = lambda line: None) -> str:
    """The interpreter of an environment that has what is wanted; it is built when there is none yet.

    Raises ConfigurationError, with the installer's last words, when it cannot be.
    """
    folder = cache_folder() / "environments" / _key(want)
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock"), tell):
            if not (folder / "ready").is_file() or not _answers(python):
                tell(f"building an environment for {_told(want)}; the first time takes a while")
                _build(want, folder, python)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or folder} cannot be made: {error.strerror}. Set XDG_CACHE_HOME to a folder that can be "
            "written."
        ) from None
    return python


def cache_folder() -> Path:
    """Where the user's system keeps what can be made again."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(_home() / ".cache")
    return Path(base) / "deploybench"


def _home() -> Path:
    try:
        return Path.home()
    except (RuntimeError, KeyError):
        raise ConfigurationError(
            "there is no home folder to keep environments in: set XDG_CACHE_HOME to a folder."
        ) from None


def is_version(python: str) -> bool:
    """Whether a Python was named by its version rather than by its path."""
    return bool(_VERSION.fullmatch(python))


def _key(want: Wanted) -> str:
    said = {"format": _FORMAT, **asdict(want)}
    if not is_version(want.python):
        base = want.python or sys.executable
        said["python"] = [os.path.realpath(base), interpreter.of(base).name]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _told(want: Wanted) -> str:
    parts = [*want.pins, want.project.source if want.project else "", f"Python {want.python}" if want.python else ""]
    return ", ".join(filter(None, parts)) or ", ".join(want.needs)


def _build(want: Wanted, folder: Path, python: str) -> None:
    """Make the environment where it will stay, since it cannot be moved; it counts from its last file on."""
    _removed(folder)
    try:
        _run(_maker(want.python, folder), want)
        if want.project:
            with _listed(want.project.lines, want.project.constraints) as listed:
                _install(python, listed, want)
        have = interpreter.ask(python).versions if want.project else {}
        if missing := [need for need in want.needs if name(need) not in have]:
            _install(python, missing, want)
        if want.pins:
            _install(python, want.pins, want)
        (folder / "ready").write_text(json.dumps(asdict(want), indent=2))
    except BaseException:
        _removed(folder)
        raise


def _removed(folder: Path) -> None:
    """Whatever stands in the place of an environment: what was cut off while it was built, or even a file."""
    if folder.is_file() or folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _maker(python: str, folder: Path) -> list[str]:
    """The command that makes an empty environment."""
    if uv := _uv():
        return [uv, "venv", "--quiet", "--no-project", "--python", python or sys.executable, str(folder)]
    base = python or sys.executable
    if is_version(python):
        found = shutil.which(f"python{python}")
        if found is None:
            raise ConfigurationError(f"there is no program 'python{python}': install it, or uv, which fetches it.")
        base = found
    return [base, "-m", "venv", str(folder)]


def _install(python: str, arguments: Sequence[str], want: Wanted) -> None:
    uv = _uv()
    pip = [uv, "pip", "install", "--quiet", "--python", python] if uv else [python, "-m", "pip", "install", "--quiet"]
    _run([*pip, *arguments], want)


def _uv() -> str | None:
    found = find(Program("uv", ("uv",), ""))
    return str(found) if found else None


def _run(argv: Sequence[str], want: Wanted) -> None:
    """Carry out a command somewhere where no project's own settings apply."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                argv,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_LONGEST_BUILD,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ConfigurationError(f"the environment for {_told(want)} could not be built: {error}.") from None
    if done.returncode:
        said = " ".join(_ORNAMENT.sub(" ", done.stderr or done.stdout).split())
        raise ConfigurationError(
            f"the environment for {_told(want)} could not be built; {Path(argv[0]).name} last said: {said[-400:]}"
        )


@contextmanager
def _listed(lines: Sequence[str], constraints: Sequence[str]) -> Iterator[list[str]]:
    """The arguments that have an installer read these lines."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for flag, content in (("-r", lines), ("-c", constraints)):
            if content:
                path = Path(folder) / f"lines{flag}.txt"
                path.write_text("\n".join(content) + "\n", "utf-8")
                arguments += [flag, str(path)]
        yield arguments


def _answers(python: str) -> bool:
    """Whether an environment still works: the Python that it was made from may be gone."""
    try:
        interpreter.ask(python)
    except ConfigurationError:
        return False
    return True


@contextmanager
def _locked(path: Path, tell: Tell) -> Iterator[None]:
    """Be the only harness that works on what this file stands for."""
    with path.open("w") as file:
        if not seized(file.fileno()):
            tell(f"another bench is building {path.stem}; waiting for it")
            while not seized(file.fileno()):
                time.sleep(_PAUSE)
        yield
