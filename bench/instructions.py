"""Counts the user-space instructions of a request, by Valgrind: the same whatever else the machine does.

Two launches that differ in nothing but how many requests they answer are counted from start to end; what one more
request costs is the difference of the counts by that of the requests. Hash seed and environment are the same in all.
"""

import shlex
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import launch, probe
from bench.errors import ConfigurationError, ServerError
from bench.gate import SETTINGS, Side
from bench.processes import words
from bench.rows.programs import Program, find
from bench.system import meter
from bench.wire import Conversation

FEW, MANY = 50, 350
_DEADLINE = 180.0
_GRACE = 60.0
_VALGRIND = Program("valgrind", ("valgrind",), "apt-get install valgrind")


def available() -> None:
    """Raise ConfigurationError where instructions cannot be counted."""
    if not meter.LINUX:
        raise ConfigurationError("--instructions needs Linux, since Valgrind runs Python reliably nowhere else.")
    if find(_VALGRIND) is None:
        raise ConfigurationError(f"--instructions needs the program 'valgrind': {_VALGRIND.remedy}.")


def per_request(side: Side) -> float:
    """Instructions of one request in all of the server's processes. Raises ServerError when they cannot be counted."""
    return (_counted(side, MANY) - _counted(side, FEW)) / (MANY - FEW)


def _counted(side: Side, requests: int) -> int:
    """Instructions of a whole launch that answers so many requests."""
    with TemporaryDirectory(prefix="bench-counts-") as folder:
        server = replace(side.server, run=tuple(_under_valgrind(command, folder) for command in side.server.run))
        log = Path(folder) / "log"
        serving = launch.serving(side.catalog, server, SETTINGS, log=log, deadline=_DEADLINE)
        with serving as up:
            _ask(up.target.url, side, requests)
            # Counts are written when a process ends by itself.
            up.ward.stop(_GRACE)
        counts = [_summary(path) for path in Path(folder).glob("counts.*")]
        if not counts or None in counts:
            said = " | ".join(words.last(log, 3))
            raise ServerError(f"{server.name} left no counts when it ended; it last said: {said}")
        return sum(filter(None, counts))


def _under_valgrind(command: str, folder: str) -> str:
    out = shlex.quote(f"--cachegrind-out-file={folder}/counts.%p")
    return f"valgrind --tool=cachegrind --cache-sim=no --trace-children=yes {out} {command}"


def _ask(url: str, side: Side, requests: int) -> None:
    """Each connection is there before the one ahead of it is served, so that it is no chance whether a server waits."""
    with ExitStack() as stack:
        following = stack.enter_context(Conversation(url, _DEADLINE))
        for _ in range(requests):
            try:
                with following as current:
                    following = stack.enter_context(Conversation(url, _DEADLINE))
                    answer = current.ask(side.right.path)
            except OSError as error:
                raise ServerError(f"{side.server.name} gave no answer under Valgrind: {error}.") from None
            if not probe.is_right(answer, side.right):
                raise ServerError(f"{side.server.name} answered {answer.status} {answer.body[:60]!r} under Valgrind.")


def _summary(path: Path) -> int | None:
    lines = path.read_text(errors="replace").splitlines()
    found = next((line for line in reversed(lines) if line.startswith("summary:")), None)
    return int(found.split()[1]) if found else None
