"""Ports that are given away are free, and it is known who listens on one."""

import os
import socket
import subprocess
import sys

import pytest

from bench.processes import ports


def bindable(host: str) -> bool:
    """Whether there is such an address here: not everybody has IPv6."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
            trial.bind((host, 0))
    except OSError:
        return False
    return True


def test_free_ports_are_as_many_as_asked_for_and_differ() -> None:
    found = ports.free(10)
    assert len(set(found)) == 10
    assert not any(map(ports.is_taken, found))


def test_a_port_is_taken_while_somebody_listens() -> None:
    with socket.create_server((ports.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert ports.is_taken(port)
    assert not ports.is_taken(port)


def test_a_port_with_an_ended_connection_is_not_given_away() -> None:
    with socket.create_server((ports.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection((ports.HOST, port)) as client, listener.accept()[0] as server:
            server.shutdown(socket.SHUT_RDWR)
            assert client.recv(1) == b""
    assert not ports.is_taken(port)
    if sys.platform == "linux":
        assert ports.is_taken(port, lingering=True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who listens")
@pytest.mark.parametrize("host", [*filter(bindable, ("127.0.0.1", "0.0.0.0", "::", "::1"))])
def test_who_listens_is_a_stranger_to_all_trees_but_his_own(host: str) -> None:
    with (
        socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as other,
    ):
        listener.bind((host, 0))
        port = listener.getsockname()[1]
        assert not ports.strange(port, other.pid)
        listener.listen()
        assert ports.strange(port, other.pid)
        assert not ports.strange(port, os.getpid())
        assert not ports.strange(port, os.getppid())
