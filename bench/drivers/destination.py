"""Where a URL that somebody typed leads: looked up once, and refused unless it may be loaded.

What is loaded afterwards is the address that was judged here, never the name again: whoever answers for a name may give
another address the next time.
"""

import ipaddress
import re
import socket
from typing import Any, Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from bench.drivers.endpoint import endpoint, listened_at
from bench.errors import ConfigurationError
from bench.model import Target

Address: TypeAlias = tuple[int, tuple[Any, ...]]
Reach: TypeAlias = Literal["loopback", "private", "public"]

_PRIVATE = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
"""RFC 1918 and RFC 4193. Link-local addresses are not among them: clouds answer there with secrets."""
_BLANK = re.compile(r"[\x00-\x20\x7f]")


def destination(url: str, public: bool = False) -> Target:
    """What a driver is to ask; its URL has an address instead of a name, its `host` is the name.

    Raises ConfigurationError where any address of the name is neither loopback nor private, unless `public` allows it,
    and DriverError for what is no URL or leads nowhere. Nobody is connected to before that is known.
    """
    if _BLANK.search(url):
        raise ConfigurationError(f"{url!r} has blanks or control characters in it: percent-encode them.")
    try:
        parts = urlsplit(url)
    except ValueError as problem:
        raise ConfigurationError(f"'{url}' is not a URL that can be asked: {problem}.") from None
    if parts.scheme == "http+unix":
        return Target(parts.netloc, f"{parts.scheme}://{parts.netloc}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        endpoint(url)
    if "@" in parts.netloc:
        raise ConfigurationError(
            f"'{parts.scheme}://…@{_named(parts)}' has a user's name in it, which is not sent: leave it out."
        )
    addresses = _looked_up(url, parts)
    for _, address in addresses:
        _permit(url, str(address[0]), public)
    family, chosen = next(filter(listened_at, addresses), addresses[0]) if len(addresses) > 1 else addresses[0]
    where = f"[{chosen[0]}]" if family == socket.AF_INET6 else chosen[0]
    return Target(_named(parts), f"{parts.scheme}://{where}:{chosen[1]}", host=_named(parts))


def reach(address: str) -> Reach:
    """How far away an address is; ValueError for one that stands for no single machine, or is none."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_unspecified or ip.is_multicast or ip == ipaddress.ip_address("255.255.255.255"):
        raise ValueError(f"{ip} is an address to listen at or to tell many, not one to ask")
    if ip.is_loopback:
        return "loopback"
    return "private" if any(ip in net for net in _PRIVATE) else "public"


def _permit(url: str, address: str, public: bool) -> None:
    try:
        found = reach(address)
    except ValueError as problem:
        raise ConfigurationError(f"'{url}' cannot be loaded: {problem}; name 127.0.0.1 for this machine.") from None
    if found == "public" and not public:
        raise ConfigurationError(
            f"'{url}' leads to {address}, which is neither on this machine nor in a private network: load only what is "
            "yours, and say so with --allow-public-target."
        )


def _looked_up(url: str, parts: SplitResult) -> list[Address]:
    # one question: what is judged is what is loaded
    try:
        port = {"http": 80, "https": 443}[parts.scheme] if parts.port is None else parts.port
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as problem:
        raise ConfigurationError(f"'{url}' leads nowhere: {problem}.") from None
    return [(family, address) for family, _, _, _, address in found]


def _named(parts: SplitResult) -> str:
    """The host and port as they were typed, without a user's name."""
    return parts.netloc.rpartition("@")[2]
