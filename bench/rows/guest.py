"""The user's own app as a guest: which interface it has, which rows can serve it, and what its right answer is."""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import launch, probe, room
from bench.errors import BenchError, ConfigurationError, ServerError
from bench.model import App, Request, Server, Settings
from bench.rows import environment, requirements
from bench.rows.catalog import Catalog
from bench.rows.environment import Tell
from bench.wire import Answer

INTERFACES = ("wsgi", "asgi")
_TARGET = re.compile(r"[^\W\d]\w*(\.\w+)*:[^\W\d]\w*(\.\w+)*")
_ASKED_OF_EACH = 3
_LAUNCHES = 2
_PAUSE = 1.1
"""Seconds after which a body that tells the time has changed."""
_DETECT = """
import inspect, sys
from pkgutil import resolve_name
app = resolve_name(sys.argv[1])
call = app if inspect.isfunction(app) else type(app).__call__
while hasattr(call, "__wrapped__"):
    call = call.__wrapped__
takes = len(inspect.signature(app).parameters)
print("asgi" if inspect.iscoroutinefunction(call) or takes in (1, 3) else "wsgi" if takes == 2 else "neither")
"""


@dataclass(frozen=True)
class Guest:
    """An app as the command line names it: `target` is module:attribute in `folder`, `interface` '' is found out.

    Its requirements are looked for from its folder up to `root`.
    """

    target: str
    folder: Path
    interface: str = ""
    path: str = "/"
    variables: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None

    @property
    def requirements(self) -> requirements.Requirements | None:
        return requirements.of_project(self.folder, self.root)


def hosted(known: Catalog, guest: Guest, python: str = "", tell: Tell = print) -> Catalog:
    """The catalog in which rows serve the guest; those that serve another interface are unavailable, with the reason.

    What its right answer is has to be learnt yet. Raises ConfigurationError when it cannot be imported.
    """
    _check(guest)
    right = Request(guest.path, status=0, expected=None)
    interface = guest.interface or _interface(guest, _interpreter(guest, python, tell))
    app = App(interface, guest.target, str(guest.folder.absolute()), right, _variables(guest))
    reason = f"it serves {{}}, and {guest.target} is {interface.upper()}"
    servers = {
        name: replace(server, needs=_own_needs(server))
        if server.serves == interface
        else replace(server, unavailable=server.unavailable or reason.format(server.serves))
        for name, server in known.servers.items()
    }
    return replace(known, servers=servers, apps={**known.apps, interface: app})


def acquainted(known: Catalog, servers: Sequence[Server], settings: Settings, tell: Tell = print) -> Catalog:
    """The catalog with the right answers of guests learnt, by asking under the first of these rows that starts.

    A body that was the same in all answers is remembered, else the status alone. Raises ServerError when none does.
    """
    unknown = {server.serves for server in servers if not known.apps[server.serves].right.status}
    apps = dict(known.apps)
    for interface in unknown:
        rows = [server for server in servers if server.serves == interface]
        apps[interface] = replace(apps[interface], right=_learnt(known, rows, settings, tell))
    return replace(known, apps=apps)


def _check(guest: Guest) -> None:
    if not _TARGET.fullmatch(guest.target):
        raise ConfigurationError(f"--app '{guest.target}' is no app: write module:attribute, such as shop.web:app.")
    if not guest.folder.is_dir():
        raise ConfigurationError(f"--project {guest.folder} is no folder.")
    if not guest.path.startswith("/"):
        raise ConfigurationError(f"--path '{guest.path}' must begin with a slash.")


def _interpreter(guest: Guest, python: str, tell: Tell) -> str:
    """An interpreter that can import the guest."""
    if python and not environment.is_version(python):
        return python
    needed = guest.requirements
    if not needed and not python:
        return ""
    return environment.built(environment.wanted(python, needed, (), ()), tell)


def _interface(guest: Guest, python: str) -> str:
    """What the guest's signature says of its interface, by importing it as a server would."""
    server = Server("", "", "", (), "", python=python)
    with room.scratch() as scratch:
        app = App("", guest.target, str(guest.folder.absolute()), variables=_variables(guest))
        holes = room.lasting_holes(app, server, Settings()) | {"scratch": str(scratch)}
        done = subprocess.run(
            [holes["python"], "-c", _DETECT, guest.target],
            cwd=scratch,
            env=room.environment(app, server, holes, 0),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
        )
    said = (done.stdout.split() or [""])[-1]
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise ConfigurationError(f"{guest.target} cannot be imported from {guest.folder}: {last}.")
    if said not in INTERFACES:
        raise ConfigurationError(f"{guest.target} looks neither like WSGI nor like ASGI: name it with --interface.")
    return said


def _variables(guest: Guest) -> dict[str, str]:
    # The folder of the script that starts a server must not come before the guest's own.
    return {"PYTHONSAFEPATH": "1", **guest.variables}


def _own_needs(server: Server) -> tuple[str, ...]:
    """What a row needs without the project's own Flask app: Flask only where it is the server."""
    serves_itself = "werkzeug" in server.needs or any("flask" in command for command in server.run)
    return server.needs if serves_itself else tuple(need for need in server.needs if need != "flask")


def _learnt(known: Catalog, servers: Sequence[Server], settings: Settings, tell: Tell) -> Request:
    failure: BenchError | None = None
    for server in servers:
        try:
            answers = list(_answers(known, server, settings))
        except BenchError as error:
            failure = failure or error
            continue
        return _remembered(known.apps[server.serves], answers, tell)
    raise failure or ServerError("no row can serve the app.")


def _answers(known: Catalog, server: Server, settings: Settings) -> Iterator[Answer]:
    """What several launches answer, a while after each other: a body that depends on either shows."""
    app = known.apps[server.serves]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(_LAUNCHES):
            if number:
                time.sleep(_PAUSE)
            with launch.serving(known, server, settings, log=Path(folder) / "log", seed=number) as up:
                try:
                    yield from (probe.answers(up.target.url + app.right.path) for _ in range(_ASKED_OF_EACH))
                except OSError as error:
                    raise ServerError(f"{app.target} gave no answer under {server.name}: {error}.") from None


def _remembered(app: App, answers: Sequence[Answer], tell: Tell) -> Request:
    first, target, path = answers[0], app.target, app.right.path
    if other := next((answer for answer in answers if answer.status != first.status), None):
        raise ServerError(f"{target} answers {path} with status {first.status}, then with {other.status}.")
    if first.status >= 400:
        raise ServerError(f"{target} answers {path} with status {first.status}: name what it serves with --path.")
    steady = all(answer.body == first.body for answer in answers)
    text = _text(first.body) if steady else None
    told = "every byte of it is checked" if text is not None else "it is not checked"
    why = "the same each time" if steady else "another one each time"
    tell(f"{target} answers {path} with status {first.status}; the body, {len(first.body)} bytes, was {why}: {told}")
    return Request(path=path, status=first.status, expected=text)


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
