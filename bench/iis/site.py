"""A site of IIS as settings: what it serves, by which interpreter, how it is tuned, and why some cannot be served."""

import hashlib
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from typing import Literal, TypeAlias

Handler: TypeAlias = Literal["wfastcgi", "httpplatform"]
Profile: TypeAlias = Literal["tuned", "defaults"]
Waking: TypeAlias = Literal["ondemand", "running", "preload", "initialised"]
"""When workers start: with the first request; IIS's with the pool; also by a request of IIS's own; and to a page."""

_UNQUOTABLE = re.compile(r"[\s'\"\[\]|&<>,;%]")
_PLAIN = re.compile(r"[\w.\\/:+~=-]*", re.ASCII)


@dataclass(frozen=True)
class Interpreter:
    """A Windows Python: the executable, the environment it is in, the installation that this is based on, 32 or 64."""

    executable: PureWindowsPath
    prefix: PureWindowsPath
    base: PureWindowsPath
    bits: int = 64


@dataclass(frozen=True)
class Site:
    """One site with a pool of the same name. `root` holds its web.config, `folder` the app; both may be one.

    `processes` are what FastCGI may start, `backlog` the requests that may wait; with the profile `defaults` both are
    IIS's own. `environment` is what Python finds beside the worker's variables. `wfastcgi` is where its module lies.
    """

    name: str
    port: int
    python: Interpreter
    root: PureWindowsPath
    folder: PureWindowsPath
    wfastcgi: PureWindowsPath | None = None
    host: str = "127.0.0.1"
    handler: Handler = "wfastcgi"
    profile: Profile = "tuned"
    waking: Waking = "ondemand"
    processes: int = 4
    backlog: int = 1000
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def script(self) -> PureWindowsPath:
        """The site's own copy of wfastcgi: what FastCGI knows processes by, so that no two sites share them."""
        return self.root / "wfastcgi.py"

    @property
    def account(self) -> str:
        """Whom its workers run as, by number: its name is known only once a service of Windows has seen the pool."""
        return f"*{identifier(self.name)}"


def identifier(pool: str) -> str:
    """The security identifier of the account that IIS has for a pool: made of its name's SHA-1, by AppHostSvc too."""
    digest = hashlib.sha1(pool.lower().encode("utf-16-le"), usedforsecurity=False).digest()
    return "-".join(("S-1-5-82", *map(str, struct.unpack("<5I", digest))))


def refusal(site: Site) -> str | None:
    """One sentence on what IIS could not serve, with the way out; None where nothing is known against it."""
    python = site.python
    if any("windowsapps" in map(str.lower, path.parts) for path in (python.executable, python.prefix, python.base)):
        return (
            f"{python.base} is the Microsoft Store's Python, which no worker of IIS may run: install one from "
            "python.org, or by `winget install Python.Python.3.13`, and make the environment with that."
        )
    if python.bits != 64:
        return (
            f"{python.executable} is a {python.bits}-bit Python, for which Windows redirects IIS's folder to another "
            "one: install a 64-bit Python and make the environment with that."
        )
    return _unquotable(site) or _unsayable(site)


def _unquotable(site: Site) -> str | None:
    ways = {
        str(site.root): r"make a folder without and name it, as by `mkdir C:\bench\temp` and `set TEMP=C:\bench\temp`",
        str(site.folder): r"move the app, such as to C:\bench\app",
        str(site.python.executable): r"make the environment elsewhere, such as by `py -m venv C:\bench\venv`",
    }
    for path, way in ways.items():
        if sign := _UNQUOTABLE.search(path):
            said = "a space" if sign[0].isspace() else sign[0]
            return f"'{path}' has {said} in it, which IIS, appcmd and wfastcgi each quote in another way: {way}."
    return None


def _unsayable(site: Site) -> str | None:
    for name, value in {"the site's name": site.name, **site.environment}.items():
        if not _PLAIN.fullmatch(value):
            return f"appcmd has no way to be told {name} = '{value}': use letters, digits and . \\ / : + ~ = - alone."
    return None
