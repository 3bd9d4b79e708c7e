"""What a server is given to live in: a scratch folder, free ports, an account, the same clean environment."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

from bench import interpreter, programs, rendering
from bench.catalog import assets
from bench.errors import BenchError
from bench.model import App, Server, Settings

HOST = "127.0.0.1"
# Below the range that outgoing connections are given ports from: the driver's must not take a server's.
_PORTS = range(20000, 32000)
_LONGEST_SOCKET_PATH = 100
_PADDING = 4096


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of an unguessable name that nobody else can list, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        if _is_root():
            # A front proxy started by root works as nobody, who must reach the sockets in here.
            folder.chmod(0o711)
        if len(str(folder)) > _LONGEST_SOCKET_PATH:
            raise BenchError(f"{folder} is too long a path for a unix socket. Set TMPDIR to a shorter one.")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def holes(app: App, server: Server, settings: Settings, folder: Path) -> dict[str, str]:
    """What fills the holes of a row's commands and files, for one launch."""
    ports = (str(port) for port in free_ports(1 + len(rendering.PORTS)))
    numbered = dict(zip(("port", *rendering.PORTS), ports, strict=True))
    return lasting_holes(app, server, settings) | numbered | {"scratch": str(folder)}


def lasting_holes(app: App, server: Server, settings: Settings) -> dict[str, str]:
    """Those of the holes that are filled alike for every launch."""
    account, group = programs.account()
    installed = interpreter.of(server.python)
    module, _, attribute = app.target.partition(":")
    return rendering.told(server, settings) | {
        "python": server.python or sys.executable,
        "harness": sys.executable,
        "library": str(Path(__file__).resolve().parent.parent),
        "packages": installed.packages,
        "app": app.target,
        "module": module,
        "attribute": attribute,
        "apps": str(assets() / "apps"),
        "project": app.folder or str(assets() / "apps"),
        "host": HOST,
        "account": account,
        "account_group": group,
    }


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now; drawn, so that two harnesses hardly ever agree."""
    found: list[int] = []
    for port in SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise BenchError(f"no {count} ports are free between {min(_PORTS)} and {max(_PORTS)}: end what occupies them.")


def environment(app: App, server: Server, filled: Mapping[str, str], seed: int) -> dict[str, str]:
    """The same small environment for every server, and what its table and its app add; nothing else of the user's."""
    python = Path(server.python or sys.executable)
    folders = [str(python.parent), *os.defpath.split(os.pathsep), "/usr/local/bin", "/usr/sbin", "/sbin"]
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR", "COMSPEC") if name in os.environ}
    return {
        **kept,
        "PATH": os.pathsep.join(dict.fromkeys(folders)),
        "LANG": "C.UTF-8",
        "HOME": filled["scratch"],
        "TMPDIR": filled["scratch"],
        "PYTHONPATH": filled["project"],
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": str(seed % 2**32),
        # Where the stack begins shifts timings by itself: Mytkowicz et al., ASPLOS 2009.
        "BENCH_PADDING": "x" * (seed % _PADDING),
        **rendering.environment(server, filled),
        **app.variables,
    }


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
