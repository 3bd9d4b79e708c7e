"""Who can reach a server: the addresses that its processes listen at beyond this machine's loopback."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

import psutil

_INTERNET = (socket.AF_INET, socket.AF_INET6)


def exposed(processes: Iterable[psutil.Process]) -> list[str]:
    """`address:port` of each socket of these that takes connections or datagrams from elsewhere.

    What cannot be looked at, as a process of somebody else's, is passed over.
    """
    found: set[str] = set()
    for process in processes:
        with suppress(psutil.Error):
            for at in process.net_connections("inet"):
                waits = at.status == psutil.CONN_LISTEN or (at.type == socket.SOCK_DGRAM and at.laddr and not at.raddr)
                if at.family in _INTERNET and waits and not _is_loopback(at.laddr.ip):
                    found.add(f"{at.laddr.ip}:{at.laddr.port}")
    return sorted(found)


def _is_loopback(address: str) -> bool:
    ip = ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_loopback
