"""Start one server, the same way whichever it is, wait until it answers rightly, and end all of it afterwards."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bench import probe, room
from bench.errors import ServerError
from bench.model import Rendered, Request, Seconds, Server, Settings, Target
from bench.processes import ports, words
from bench.processes.custody import DONE, Ward, custody
from bench.processes.guard import guarded
from bench.rows import interpreter, rendering
from bench.rows.catalog import Catalog
from bench.system.discretion import clean, discreet
from bench.wire import GarbledError

_TRIES = 3
"""How often a server is given other ports, where somebody else takes one between choosing and binding."""
_PREPARATION: Seconds = 60.0
_LAST: Seconds = 1.0
"""What the last question before the deadline has at least: a shorter moment tells of the machine, not of the server."""


@dataclass(frozen=True)
class Up:
    """A server that answered rightly: `ready` is the time from launch to that answer, `first_byte` the first TTFBs."""

    target: Target
    ward: Ward
    ready: Seconds
    first_byte: tuple[Seconds, ...]


@dataclass(frozen=True)
class _Wish:
    """What is to be launched, and how."""

    catalog: Catalog
    server: Server
    settings: Settings
    log: Path
    cores: Collection[int] | None
    seed: int
    limit: Seconds
    before: Callable[[int], object]


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
    try:
        stack, up = _launched(_Wish(catalog, server, settings, log, cores, seed, limit, before))
    except ServerError as error:
        raise ServerError(discreet(str(error), catalog.apps[server.serves].variables)) from error
    with stack:
        yield up


def _launched(wish: _Wish) -> tuple[ExitStack, Up]:
    """A server that is up, and what ends it; it is started anew where somebody else holds a port it was given."""
    for others in reversed(range(_TRIES)):
        given: list[int] = []
        try:
            with ExitStack() as stack:
                up = _start(wish, stack, given)
                return stack.pop_all(), up
        except ServerError:
            # The server is gone: who holds the port now, took it.
            if not others or not any(map(ports.is_taken, given)):
                raise
        except OSError as error:
            raise ServerError(f"{wish.server.name} could not be launched: {error}.") from error
    raise AssertionError


def _start(wish: _Wish, stack: ExitStack, given: list[int]) -> Up:
    """Start it once, in a folder and at ports of its own; which of these it uses is told first."""
    server, app = wish.server, wish.catalog.apps[wish.server.serves]
    scratch = stack.enter_context(room.scratch())
    holes = room.holes(app, server, wish.catalog.told(server, wish.settings), scratch, wish.catalog.host)
    holes |= {"fronts": str(wish.settings.workers)}
    given += _ports(wish, holes)
    commands = _furnished(wish, holes, scratch)
    environment = room.environment(app, server, holes, wish.seed)
    _prepare(_found(wish.catalog, server, rendering.preparations(server, holes)), server, scratch, environment)
    stack.callback(clean, wish.log, app.variables)
    stack.callback(words.bound, wish.log)
    began = time.monotonic()
    held = custody(
        commands,
        folder=scratch,
        log=wish.log,
        environment=environment,
        cores=wish.cores,
        stop=server.stop,
        least=server.grace,
        clear=True,
    )
    ward = stack.enter_context(held)
    stack.enter_context(guarded(ward, wish.log))
    url = f"{'https' if server.tls else 'http'}://{server.host}:{holes['port']}"
    first = _await_right_answer(wish, url, app.right, ward, began + wish.limit)
    ready = time.monotonic() - began
    if ports.strange(int(holes["port"]), ward.pid):
        raise ServerError(f"{server.name} is not alone at its port {holes['port']}: somebody else listens there.")
    second = _second_answer(wish, url, app.right)
    target = Target(server.name, url, ward.pid, ward.pids[-1] if server.front else None)
    return Up(target, ward, ready, (first, second))


def _ports(wish: _Wish, holes: Mapping[str, str]) -> list[int]:
    """Those of the ports that the row has a use for."""
    used = rendering.used(wish.server, wish.catalog.templates(wish.server))
    return [int(holes[name]) for name in ("port", *rendering.PORTS) if name in used]


def _furnished(wish: _Wish, holes: Mapping[str, str], folder: Path) -> list[list[str]]:
    """The row's commands, with its files where they look for them."""
    commands = _found(wish.catalog, wish.server, rendering.commands(wish.server, holes))
    templates = wish.catalog.templates(wish.server)
    files = {name: rendering.fill(template, holes, name) for name, template in templates.items()}
    room.check_sockets(wish.server, (*chain.from_iterable(commands), *files.values()), folder)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return commands


def described(catalog: Catalog, server: Server, settings: Settings) -> Rendered:
    """A row as it will be run, for the record: what is drawn for each launch is named instead of filled in."""
    fronts = {"fronts": str(settings.workers)}
    settings = catalog.told(server, settings)
    # Who measures is nobody's business.
    drawn = {name: f"{name.upper()}" for name in ("scratch", "port", *rendering.PORTS, *rendering.ACCOUNT)}
    holes = room.lasting_holes(catalog.apps[server.serves], server, settings, catalog.host) | drawn | fronts
    return Rendered(
        title=server.title,
        serves=server.serves,
        commands=tuple(
            tuple(map(discreet, argv))
            for argv in (*rendering.preparations(server, holes), *rendering.commands(server, holes))
        ),
        files={
            name: discreet(rendering.fill(template, holes, name))
            for name, template in catalog.templates(server).items()
        },
        slots=rendering.slots(server, settings),
        docs=server.docs,
        groups=server.groups,
        front=server.front,
        versions=interpreter.of(server.python).versions if server.python else {},
    )


def _found(catalog: Catalog, server: Server, written: Iterable[tuple[str, ...]]) -> list[list[str]]:
    """A row's commands with their programs found."""
    commands = []
    for program, *arguments in written:
        found = program if Path(program).is_absolute() else catalog.find_program(program, server.python)
        if found is None:
            raise ServerError(f"{server.name} cannot run here: there is no program '{program}'.")
        commands.append([str(found), *arguments])
    return commands


def _prepare(commands: Iterable[list[str]], server: Server, folder: Path, environment: Mapping[str, str]) -> None:
    """Carry out what must be done before a row's servers begin: a certificate made, a script made executable."""
    log = folder / "preparation.log"
    for argv in commands:
        with custody([argv], folder=folder, log=log, environment=environment) as ward:
            fate = ward.ended(wait=_PREPARATION) or f"did not end within {_PREPARATION:.0f} s"
        if fate != DONE:
            raise ServerError(f"{server.name} could not be prepared: {argv[0]} {fate}{words.quoted(log)}")


def _await_right_answer(wish: _Wish, url: str, right: Request, ward: Ward, deadline: float) -> Seconds:
    """Ask until the right body comes; the TTFB of that answer. An open port proves nothing, a wrong body is final."""
    pause, last, name = 0.004, "nothing", wish.server.name
    while time.monotonic() < deadline:
        fate = ward.ended(wait=pause)
        if fate:
            hint = ": is there an option that keeps it in the foreground?" if fate == DONE else ""
            raise ServerError(f"{name} {fate} before it answered{hint}{words.quoted(wish.log)}")
        wish.before(ward.pid)
        try:
            answer = probe.answers(url + right.path, timeout=max(_LAST, deadline - time.monotonic()))
        except GarbledError as error:
            raise ServerError(f"{name} answered what nobody can understand: {error}{words.quoted(wish.log)}") from None
        except OSError as error:
            last = str(error) or type(error).__name__
        else:
            if probe.is_right(answer, right):
                return answer.first_byte
            last = f"{answer.status} {answer.body[:60]!r}"
            if answer.status < 500:
                raise _wrong(wish, last, right)
        pause = min(pause * 1.5, 0.05)
    raise ServerError(f"{name} gave no right answer in time, at last {last}{words.quoted(wish.log)}")


def _second_answer(wish: _Wish, url: str, right: Request) -> Seconds:
    """Ask once more; the TTFB of that answer, which must be right too."""
    try:
        answer = probe.answers(url + right.path, timeout=wish.limit)
    except OSError as error:
        said = words.quoted(wish.log)
        raise ServerError(f"{wish.server.name} answered once and then no more: {error}{said}") from None
    if not probe.is_right(answer, right):
        raise _wrong(wish, f"first rightly, then {answer.status} {answer.body[:60]!r}", right)
    return answer.first_byte


def _wrong(wish: _Wish, got: str, right: Request) -> ServerError:
    expected = f"{right.status} {right.expected[:60].encode()!r}" if right.expected is not None else str(right.status)
    return ServerError(f"{wish.server.name} answered {got} where {expected} was expected{words.quoted(wish.log)}")
