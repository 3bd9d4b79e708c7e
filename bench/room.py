"""What a server is given to live in: a scratch folder, free ports, an account, the same clean environment."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchError, ServerError
from bench.model import App, Server, Settings
from bench.processes import ports
from bench.rows import interpreter, programs, rendering
from bench.rows.catalog import assets

_LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
"""The bytes of sockaddr_un's path, but one."""
_LONGEST_FOLDER = 80
_SHORT = Path("/tmp")  # nosec B108  # noqa: S108  mkdtemp makes ours in it
_PADDING = 4096


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of an unguessable name that nobody else can list or enter, gone afterwards."""
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > _LONGEST_FOLDER and _SHORT.is_dir():
        # Where TMPDIR is as long as that, no unix socket could be in it.
        base = _SHORT
    try:
        folder = Path(tempfile.mkdtemp(prefix="bench-", dir=base))
    except OSError as error:
        raise BenchError(f"no folder can be made in {base}: {error.strerror}. Set TMPDIR to another one.") from None
    try:
        if _is_root():
            # A front proxy started by root works as nobody, who must reach the sockets in here, and nobody else.
            shutil.chown(folder, group=programs.account()[1])
            folder.chmod(0o710)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_sockets(server: Server, written: Iterable[str], folder: Path) -> None:
    """Raise ServerError for the first unix socket in commands or files whose path is longer than the system allows."""
    for path in re.findall(re.escape(str(folder)) + r"/[^\s:;,'\"]+\.sock\b", "\n".join(written)):
        size = len(os.fsencode(path))
        if size > _LONGEST_SOCKET_PATH:
            raise ServerError(
                f"{server.name} cannot run here: the path of its unix socket {Path(path).name} has {size} bytes, and "
                f"{_LONGEST_SOCKET_PATH} are allowed. Give it a shorter name, or set TMPDIR to a shorter folder."
            )


def holes(app: App, server: Server, settings: Settings, folder: Path, host: str) -> dict[str, str]:
    """What fills the holes of a row's commands and files, for one launch."""
    numbers = map(str, ports.free(1 + len(rendering.PORTS)))
    numbered = dict(zip(("port", *rendering.PORTS), numbers, strict=True))
    return lasting_holes(app, server, settings, host) | numbered | {"scratch": str(folder)}


def lasting_holes(app: App, server: Server, settings: Settings, host: str = ports.HOST) -> dict[str, str]:
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
        "host": host,
        "loopback": ports.HOST,
        "account": account,
        "account_group": group,
    }


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
