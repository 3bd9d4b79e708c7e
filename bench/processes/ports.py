"""Whose a port is: free ones to give away, those that somebody took meanwhile, and who listens on one."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from random import SystemRandom

from bench.errors import BenchError
from bench.system import meter

HOST = "127.0.0.1"
# Below the range that outgoing connections are given ports from: the driver's must not take a server's.
_RANGE = range(20000, 32000)
_LISTENING = "0A"
_ADDRESSES = {"00000000", "0100007F", "0" * 32, "0" * 24 + "01000000", "0" * 16 + "FFFF00000100007F"}
"""As /proc/net/tcp and tcp6 write them: any address, and the loopback's."""


def free(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now; drawn, so that two harnesses hardly ever agree."""
    found: list[int] = []
    for port in SystemRandom().sample(_RANGE, len(_RANGE)):
        # Not even a connection that ended there: a server may not know how to overlook it.
        if not is_taken(port, lingering=True):
            found.append(port)
        if len(found) == count:
            return found
    raise BenchError(f"no {count} ports are free between {min(_RANGE)} and {max(_RANGE)}: end what occupies them.")


def is_taken(port: int, lingering: bool = False) -> bool:
    """Whether somebody listens there, or it cannot be had for another reason; ended connections may count as well."""
    with socket.socket() as trial:
        # On Windows this option would have us share a port that somebody listens on.
        if os.name != "nt" and not lingering:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return True
    return False


def strange(port: int, pid: int) -> bool:
    """Whether somebody listens on a port who does not belong to the tree of this process.

    Asked of Linux only; False where nobody can tell, as for processes of other users.
    """
    if not meter.LINUX:
        return False
    try:
        # Twice: who comes or goes between two looks is no stranger.
        return bool(_strangers(port, pid) and _strangers(port, pid))
    except PermissionError:
        return False


def _strangers(port: int, pid: int) -> set[str]:
    """The sockets that listen there and that nobody in the tree has open."""
    listeners = {f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listeners(table, port)}
    return listeners.difference(*map(_files, meter.tree(pid))) if listeners else listeners


def _listeners(table: str, port: int) -> Iterator[str]:
    """The inodes of the sockets that listen there. The kernel lists those that listen first, however many others."""
    try:
        with open(f"/proc/net/{table}") as lines:
            next(lines)
            for line in lines:
                _, here, _, state, *_, inode = line.split()[:10]
                if state != _LISTENING:
                    return
                address, _, number = here.partition(":")
                if int(number, 16) == port and address in _ADDRESSES:
                    yield inode
    except FileNotFoundError:
        return


def _files(pid: int) -> Iterator[str]:
    """What a process has open, as its links say; nothing when it is gone."""
    folder = f"/proc/{pid}/fd"
    try:
        for number in os.listdir(folder):
            with suppress(FileNotFoundError):
                yield os.readlink(f"{folder}/{number}")
    except (FileNotFoundError, ProcessLookupError):
        return
