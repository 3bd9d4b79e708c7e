"""Whether a run that was cut short can be gone on with: same machine, same versions, same rows, same app."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from itertools import chain, combinations
from pathlib import Path

from bench import __version__, launch
from bench.errors import ConfigurationError
from bench.gate import changes
from bench.journal import Journal
from bench.model import App, Machine, Run
from bench.rows import interpreter
from bench.rows.catalog import Catalog, assets

_PASSING = {"load_average", "memory"}
"""What of a machine differs from hour to hour."""
_SAME_MEMORY = 0.01
_NAMED = ("workers", "threads", "backlog")
_MOST = 4
_NOT_OURS = {"node_modules", "site-packages", "__pycache__"}
AS_THEN = "Give --servers, --app, --project, --path, --env and --python as then, or put it back."


def unfinished(said: Journal) -> None:
    """Raise ConfigurationError where there is nothing to go on with."""
    if said.end == "complete":
        place = said.path.parent
        raise ConfigurationError(f"{place} is complete, nothing is left to measure: 'bench report {place}' shows it.")


def same_machine(folder: Path, run: Run, here: Machine) -> None:
    """Raise ConfigurationError where this is another machine, or not as it was."""
    if other := list(_differing(run.machine, here)):
        raise ConfigurationError(f"{folder} is of another machine: {_some(other)}. Go on there, or begin anew.")


def same_versions(
    folder: Path, run: Run, known: Catalog, versions: Mapping[str, str], commit: str | None = None
) -> None:
    """Raise ConfigurationError where something that measures or is measured has another version."""
    then = {**run.versions, "deploybench": run.version}
    changed = [*changes(then, {**versions, "deploybench": __version__})]
    for name, row in run.servers.items():
        python = known.servers[name].python
        changed += changes(row.versions, interpreter.of(python).versions if python else {})
    if changed:
        raise ConfigurationError(f"since {folder} began, {_some(changed)}: put that back, or begin anew.")
    if commit and run.commit and commit != run.commit and "+" not in commit + run.commit:
        raise ConfigurationError(
            f"when {folder} began {run.commit} was checked out, now {commit} is: "
            f"'git checkout {run.commit}', or begin anew."
        )


def same_rows(folder: Path, run: Run, known: Catalog) -> Catalog:
    """The catalog, told literally what it was then. Raises ConfigurationError for rows that are run otherwise."""
    for server in map(known.servers.__getitem__, run.servers):
        if obstacle := known.obstacle(server):
            raise ConfigurationError(f"{server.name} cannot run here any more: {obstacle[0]}. {obstacle[1]}".rstrip())
    # Which settings somebody named is not stored; the rows tell.
    subsets = chain.from_iterable(combinations(_NAMED, number) for number in range(len(_NAMED) + 1))
    for insisted in map(frozenset, subsets):
        if not _otherwise(run, tried := replace(known, insisted=insisted)):
            return tried
    changed = _otherwise(run, known)
    raise ConfigurationError(f"{changed[0]} is configured otherwise than when {folder} began. {AS_THEN}")


def same_app(folder: Path, run: Run, known: Catalog) -> None:
    """Raise ConfigurationError where the files that are served have changed."""
    if run.app not in (None, digest(known, run.servers)):
        raise ConfigurationError(f"the app is not the one that {folder} measured: its files have changed. {AS_THEN}")


def digest(known: Catalog, rows: Iterable[str]) -> str:
    """What the files of the apps that these rows serve come to; of the user's own app, its Python files."""
    apps = {known.servers[name].serves: known.apps[known.servers[name].serves] for name in rows}
    found = hashlib.sha256()
    for name, app in sorted(apps.items()):
        found.update(f"{name} {app.target}\0".encode())
        for path, content in _files(app):
            found.update(f"{path} {len(content)}\0".encode() + content)
    return found.hexdigest()[:16]


def _files(app: App) -> Iterator[tuple[str, bytes]]:
    top = Path(app.folder) if app.folder else assets() / "apps"
    for place, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_OURS)
        for name in sorted(names):
            path = Path(place, name)
            # Of a user's project anything may lie there, results of this run included.
            if path.suffix == ".py" or not app.folder:
                with suppress(OSError):
                    yield path.relative_to(top).as_posix(), path.read_bytes()


def _otherwise(run: Run, known: Catalog) -> list[str]:
    """The rows that would be run otherwise than they were."""
    return [
        name
        for name, then in run.servers.items()
        if replace(launch.described(known, known.servers[name], run.settings), versions=then.versions) != then
    ]


def _differing(then: Machine, now: Machine) -> Iterator[str]:
    for name in (field.name for field in fields(Machine) if field.name not in _PASSING):
        before, after = getattr(then, name), getattr(now, name)
        if before != after:
            yield f"{name} was {before}, is {after}"
    if then.memory and now.memory and abs(now.memory / then.memory - 1) > _SAME_MEMORY:
        yield f"memory was {then.memory / 1e9:.1f} GB, is {now.memory / 1e9:.1f} GB"


def _some(told: Sequence[str]) -> str:
    more = f" and {len(told) - _MOST} more" if len(told) > _MOST else ""
    return ", ".join(told[:_MOST]) + more
