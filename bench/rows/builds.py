"""What --base and --head name, made into something to launch: a commit, a folder, or a version of a server."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.errors import ConfigurationError, ServerError, did_you_mean, shown
from bench.gate import SETTINGS, Side
from bench.model import Server
from bench.rows import furnishing, guest
from bench.rows.catalog import Catalog
from bench.rows.environment import Tell
from bench.rows.guest import Guest

OWN = Guest("flask_app:app", Path("apps"), "wsgi")
"""What is compared where no app is named: the one in a checkout of this project."""
_VERSION = re.compile(r"[^=]+==[^=]+")


@contextmanager
def prepared(
    known: Catalog, rows: Sequence[str], names: Sequence[str], app: Guest | None, python: str, tell: Tell
) -> Iterator[dict[str, list[Side]]]:
    """For each row, by its name, a side for each of the names; what they were unpacked to is gone afterwards.

    `app` is the user's own as it is here, and looked for at the same place in each build; None: the project's own.
    Raises ConfigurationError for a name that stands for nothing, an app that cannot be imported, or an environment that
    cannot be built; ServerError when the first of them, the base, cannot be served.
    """
    if all(map(_is_version, names)):
        yield _versions(known, names, app, python, tell)
        return
    if any(map(_is_version, names)):
        raise ConfigurationError(f"{' and '.join(names)} cannot be compared: name two versions, or two builds.")
    with tempfile.TemporaryDirectory(prefix="bench-builds-") as scratch:
        sides = []
        for number, name in enumerate(names):
            # Paths of equal length: the size of argv and environment shifts timings.
            visitor = _unpacked(name, app, Path(scratch) / f"build{number}")
            sides.append(_built(name, visitor, furnishing.versioned(known, rows), rows, python, tell))
        yield {pair[0].server.name: _met(pair, tell) for pair in zip(*sides, strict=True)}


def _built(name: str, visitor: Guest, known: Catalog, rows: Sequence[str], python: str, tell: Tell) -> list[Side]:
    """The rows before a build of the app; what fails then says of which build."""
    try:
        catalog = guest.hosted(known, visitor, python, tell)
        catalog = furnishing.furnished(catalog, rows, python, visitor.requirements, tell)
        return [Side(catalog, server) for server in _servers(catalog, rows)]
    except ConfigurationError as error:
        raise ConfigurationError(f"{shown(name)}: {error}") from None


def _is_version(name: str) -> bool:
    return bool(_VERSION.fullmatch(name))


def _versions(
    known: Catalog, names: Sequence[str], app: Guest | None, python: str, tell: Tell
) -> dict[str, list[Side]]:
    """Versions of a server, each in an environment of its own, before the same app."""
    known = furnishing.versioned(known, names)
    if app:
        known = guest.hosted(known, app, python, tell)
    known = furnishing.furnished(known, names, python, app.requirements if app else None, tell)
    sides = [[Side(known, server) for server in _servers(known, [name])] for name in names]
    if len({len(side) for side in sides}) > 1:
        raise ConfigurationError(f"{' and '.join(names)} are not as many rows: name one row each.")
    return {pair[-1].server.name: _met(pair, tell) for pair in zip(*sides, strict=True)}


def _servers(known: Catalog, rows: Sequence[str]) -> list[Server]:
    """The rows, all of which must be able to run."""
    servers = known.select(rows)
    for server in servers:
        if obstacle := known.obstacle(server):
            raise ConfigurationError(f"{server.name} cannot run here: {obstacle[0]}. {obstacle[1]}".rstrip())
    return servers


def _met(pair: Sequence[Side], tell: Tell) -> list[Side]:
    """The sides of one contest with what is right learnt: each one's body, but the base's status for both.

    A head that answers otherwise, or not at all, is measured by the base's answer: it will fail, which is the answer.
    """
    base, *others = pair
    base = _acquainted(base, tell)
    return [base, *(_like(base, other, tell) for other in others)]


def _like(base: Side, other: Side, tell: Tell) -> Side:
    try:
        met = _acquainted(other, tell)
    except ServerError as error:
        tell(f"head: {error}")
        met = other
    if met.right.status == base.right.status:
        if met.right.expected != base.right.expected:
            tell("the bodies of base and head differ; while they are compared, only the status is checked")
        return met
    app = replace(met.catalog.apps[met.server.serves], right=base.right)
    return replace(met, catalog=replace(met.catalog, apps={**met.catalog.apps, met.server.serves: app}))


def _acquainted(side: Side, tell: Tell) -> Side:
    return replace(side, catalog=guest.acquainted(side.catalog, [side.server], SETTINGS, tell))


def _unpacked(name: str, app: Guest | None, place: Path) -> Guest:
    """The app of a build, imported from below `place`, whatever the build's own path is."""
    here = app.folder if app else Path.cwd() / "apps"
    if commit := _commit(name):
        inside = Path(os.path.relpath(here, _git("rev-parse", "--show-toplevel")))
        _checked_out(commit, place)
    elif os.path.isdir(name):
        inside = Path(os.path.relpath(here))
        place.symlink_to(os.path.realpath(name), target_is_directory=True)
    else:
        raise ConfigurationError(f"there is no commit and no folder '{shown(name)}'.{_near(name)}")
    folder = place / inside
    if app is None:
        if not (folder / "flask_app.py").is_file():
            raise ConfigurationError(f"{name} is no checkout of deploybench: name your app, --app module:attribute.")
        return replace(OWN, folder=folder, root=folder)
    if not folder.is_dir():
        raise ConfigurationError(f"{name} has no folder '{inside}', where the app is to be imported from (--project).")
    return replace(app, folder=folder, root=place)


def _commit(name: str) -> str | None:
    """The commit that a name stands for in the repository we are in; None for a folder or nothing."""
    if name.startswith(("-", ".", "/")) or (os.sep in name and os.path.isdir(name)):
        return None
    try:
        return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except ConfigurationError:
        return None


def _checked_out(commit: str, place: Path) -> None:
    """Write a commit's files into a folder by an index of its own: neither the checkout nor its index is touched."""
    place.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _git("read-tree", commit, **index)
        _git("--work-tree", str(place), "checkout-index", "--all", "--force", **index)


def _near(name: str) -> str:
    try:
        return did_you_mean(name, _git("for-each-ref", "--format=%(refname:short)").split())
    except ConfigurationError as error:
        return f" {str(error)[:1].upper()}{str(error)[1:]}"


def _git(*arguments: str, **variables: str) -> str:
    """What git says. Raises ConfigurationError with its last words."""
    try:
        done = subprocess.run(
            [_program(), *arguments],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=600,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(f"git cannot be asked: {error}.") from None
    if done.returncode:
        raise ConfigurationError(f"git {arguments[0]} failed: {' '.join(done.stderr.split())[-300:]}.")
    return done.stdout.strip()


def _program() -> str:
    found = shutil.which("git")
    if found is None:
        raise ConfigurationError("there is no program 'git' here: install it, or name two folders.")
    return found
