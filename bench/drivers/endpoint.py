"""Where a URL leads and how bytes get there: TCP, TLS or a unix socket, without ever waiting."""

import socket
import sys
from _socket import socket as Plug
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from bench.drivers.secured import Secured
from bench.drivers.wire import Descriptors, Sockets, Stamped, Wire
from bench.errors import DriverError

_UNIX: int | None = None
if sys.platform != "win32":
    _UNIX = socket.AF_UNIX


@dataclass(frozen=True)
class Endpoint:
    """An address that was looked up once. `host` is what the Host field says, `base` the path before every path."""

    family: int
    address: tuple[Any, ...] | str
    host: str
    base: str
    secure: str | None
    """The server name for TLS; None for plain text."""
    loopback: bool

    def connect(self) -> Plug:
        """A socket on its way there; BlockingIOError means that the server's queue is full."""
        plug = Plug(self.family, socket.SOCK_STREAM)
        plug.setblocking(False)
        try:
            if self.family != _UNIX:
                plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plug.connect(self.address)
        except BlockingIOError:
            if self.family == _UNIX:
                plug.close()
                raise
            return plug
        except OSError:
            plug.close()
            raise
        return plug


def endpoint(url: str, host: str = "") -> Endpoint:
    """Understand `http://`, `https://` and `http+unix://<percent-encoded path>` URLs; DriverError when it cannot.

    `host` is what the server is called where the URL has an address instead.
    """
    parts = urlsplit(url)
    base = parts.path.rstrip("/") if parts.path else ""
    if parts.scheme == "http+unix" and (path := unquote(parts.netloc) or unquote(parts.path)):
        if _UNIX is None:
            raise DriverError(f"'{url}' cannot be asked: Python has no unix sockets on Windows.")
        return Endpoint(_UNIX, path, "localhost", base if parts.netloc else "", None, True)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DriverError(f"'{url}' is not a URL that can be asked: http://, https:// or http+unix:// is.")
    family, address = _looked_up(url, parts)
    loopback = str(address[0]).startswith("127.") or address[0] == "::1"
    host = host or parts.netloc.rpartition("@")[2]
    secure = urlsplit(f"//{host}").hostname if parts.scheme == "https" else None
    return Endpoint(family, address, host, base, secure, loopback)


def _looked_up(url: str, parts: SplitResult) -> tuple[int, tuple[Any, ...]]:
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as problem:
        raise DriverError(f"'{url}' leads nowhere: {problem}.") from problem
    addresses = [(family, address) for family, _, _, _, address in found]
    if len(addresses) == 1:
        return addresses[0]
    # a name may have addresses of which only one is listened at, as localhost has
    return next(filter(listened_at, addresses), addresses[0])


def listened_at(address: tuple[int, tuple[Any, ...]]) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket(address[0]) as plug:
        plug.settimeout(1.0)
        return plug.connect_ex(address[1]) == 0


def wire(endpoint: Endpoint) -> Wire:
    """The way bytes take to an endpoint."""
    kinds: dict[str, type[Wire]] = {"win32": Sockets, "linux": Descriptors if endpoint.family == _UNIX else Stamped}
    plain = kinds.get(sys.platform, Descriptors)()
    return plain if endpoint.secure is None else Secured(plain, endpoint.secure, trusting=endpoint.loopback)
