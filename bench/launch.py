"""Start one server, the same way whichever it is, wait until it answers rightly, and end all of it afterwards."""

import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import interpreter, probe, rendering, room
from bench.catalog import Catalog, assets
from bench.custody import Ward, custody
from bench.errors import ServerError
from bench.model import Rendered, Request, Seconds, Server, Settings, Target


@dataclass(frozen=True)
class Up:
    """A server that answered rightly: `ready` is the time from launch to that answer, `first_byte` the first TTFBs."""

    target: Target
    ward: Ward
    ready: Seconds
    first_byte: tuple[Seconds, ...]


@contextmanager
def serving(
    catalog: Catalog,
    server: Server,
    settings: Settings,
    *,
    log: Path,
    cores: Collection[int] | None = None,
    seed: int = 0,
    deadline: Seconds | None = None,
    before: Callable[[int], object] = lambda pid: None,
) -> Iterator[Up]:
    """Have a server up for the length of a block.

    The seed draws what differs between launches by design; `before` is called with the warden's pid before each ask.
    Raises ServerError when it ends, or answers wrongly, or not at all, before the deadline (None: the row's own).
    """
    limit = server.deadline if deadline is None else deadline
    fronts, app = {"fronts": str(settings.workers)}, catalog.apps[server.serves]
    with room.scratch() as scratch:
        holes = room.holes(app, server, catalog.told(server, settings), scratch) | fronts
        _write_files(catalog, server, holes, scratch)
        environment = room.environment(app, server, holes, seed)
        _prepare(_found(catalog, server, rendering.preparations(server, holes)), server, scratch, environment)
        began = time.monotonic()
        with custody(
            _found(catalog, server, rendering.commands(server, holes)),
            folder=scratch,
            log=log,
            environment=environment,
            cores=cores,
            stop=server.stop,
            least=server.grace,
            clear=True,
        ) as ward:
            url = _url(server, holes["port"])
            first = _await_right_answer(server.name, url, app.right, ward, log, began + limit, before)
            ready = time.monotonic() - began
            second = probe.answers(url + app.right.path, timeout=limit).first_byte
            target = Target(server.name, url, ward.pid, ward.pids[-1] if server.front else None)
            yield Up(target, ward, ready, (first, second))


def described(catalog: Catalog, server: Server, settings: Settings) -> Rendered:
    """A row as it will be run, for the record: what is drawn for each launch is named instead of filled in."""
    fronts = {"fronts": str(settings.workers)}
    settings = catalog.told(server, settings)
    drawn = {name: f"{name.upper()}" for name in ("scratch", "port", *rendering.PORTS)}
    holes = room.lasting_holes(catalog.apps[server.serves], server, settings) | drawn | fronts
    return Rendered(
        title=server.title,
        serves=server.serves,
        commands=tuple(
            tuple(map(_without_paths, argv))
            for argv in (*rendering.preparations(server, holes), *rendering.commands(server, holes))
        ),
        files={
            name: _without_paths(rendering.fill(template, holes, name))
            for name, template in catalog.templates(server).items()
        },
        slots=rendering.slots(server, settings),
        docs=server.docs,
        groups=server.groups,
        front=server.front,
        versions=interpreter.of(server.python).versions if server.python else {},
    )


def _write_files(catalog: Catalog, server: Server, holes: Mapping[str, str], folder: Path) -> None:
    for name, template in catalog.templates(server).items():
        (folder / name).write_text(rendering.fill(template, holes, name), "utf-8")


def _url(server: Server, port: str) -> str:
    return f"{'https' if server.tls else 'http'}://{server.host}:{port}"


def _found(catalog: Catalog, server: Server, written: Iterable[tuple[str, ...]]) -> list[list[str]]:
    """A row's commands with their programs found."""
    commands = []
    for program, *arguments in written:
        found = program if Path(program).is_absolute() else catalog.find_program(program, server.python)
        if found is None:
            raise ServerError(f"{server.name} cannot run here: there is no program '{program}'.")
        commands.append([str(found), *arguments])
    return commands


def _prepare(
    commands: Iterable[list[str]], server: Server, folder: Path, environment: Mapping[str, str], limit: Seconds = 60.0
) -> None:
    """Carry out what must be done before a row's servers begin: a certificate made, a script made executable."""
    for argv in commands:
        try:
            done = subprocess.run(
                argv,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=limit,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServerError(f"{server.name} could not be prepared: {error}.") from None
        if done.returncode:
            words = " | ".join((done.stderr or done.stdout).split("\n")[-5:])[:400]
            raise ServerError(f"{server.name} could not be prepared: {argv[0]} exited with {done.returncode}: {words}")


def last_words(log: Path, lines: int = 12) -> tuple[str, ...]:
    """The end of a server's log as plain text, long lines cut, nothing in it that a terminal would obey."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError:
        return ()
    plain = ("".join(sign for sign in line if sign.isprintable())[:400] for line in text.splitlines())
    return tuple(line for line in plain if line.strip())[-lines:]


def _await_right_answer(
    name: str,
    url: str,
    right: Request,
    ward: Ward,
    log: Path,
    deadline: float,
    before: Callable[[int], object],
) -> Seconds:
    """Ask until the right body comes; the TTFB of that answer. An open port proves nothing, a wrong body is final."""
    pause, last = 0.004, "nothing"
    while time.monotonic() < deadline:
        fate = ward.ended(wait=pause)
        if fate:
            raise ServerError(f"{name} {fate} before it answered{_quoted(log)}")
        before(ward.pid)
        try:
            answer = probe.answers(url + right.path, timeout=max(0.1, deadline - time.monotonic()))
        except OSError as error:
            last = str(error) or type(error).__name__
        else:
            if probe.is_right(answer, right):
                return answer.first_byte
            last = f"{answer.status} {answer.body[:60]!r}"
            if answer.status < 500:
                raise ServerError(f"{name} answered {last} where {_told(right)} was expected{_quoted(log)}")
        pause = min(pause * 1.5, 0.05)
    raise ServerError(f"{name} gave no right answer in time, at last {last}{_quoted(log)}")


def _told(right: Request) -> str:
    """The right answer in words, as much of it as is needed to see the difference."""
    return f"{right.status} {right.expected[:60].encode()!r}" if right.expected is not None else str(right.status)


def _quoted(log: Path) -> str:
    words = last_words(log, 5)
    return f"; it last said: {' | '.join(words)}" if words else "; it said nothing."


def _without_paths(text: str) -> str:
    """Text with the folders of this machine named by what they are."""
    for path, name in ((assets(), "."), (sys.prefix, "ENVIRONMENT"), (Path.home(), "HOME")):
        text = text.replace(str(path), name)
    return text
