"""Fewer connections than were asked for, whoever is to blame: told or refused, never figures of another load."""

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count

import pytest
from loading import Start
from scripted import HELLO, Scripted, Step, always
from test_drivers_slicing import CUT, LOAD, several, windows


@pytest.mark.fault(
    "driver", "its program opens fewer connections than asked for", "the figures are refused with both numbers, exit 2"
)
def test_wrk_with_fewer_connections_than_asked_for_is_refused(start: Start, server: Scripted) -> None:
    # it counts those that it could not open as errors, a few among very many answers
    started = start(f'ulimit -n 20; exec {shutil.which("wrk")} "$@"', server.url, "--connections", 64)
    said = started.sentence()
    assert "of 64 connections to http://127" in said
    assert "the others could not be opened" in said


@pytest.mark.fault("driver", "its program gives up where files run out", "said in a sentence, exit 2")
@pytest.mark.parametrize(
    ("name", "words"), [("h2load", "h2load was ended by SIGABRT"), ("ab", "ab failed with status")]
)
def test_others_that_cannot_open_all_connections_fail(start: Start, server: Scripted, name: str, words: str) -> None:
    started = start(f'ulimit -n 20; exec {shutil.which(name)} "$@"', server.url, "--connections", 64, name=name)
    assert started.sentence().startswith(f"bench: {words}")


@pytest.mark.fault("driver", "its program has a limit of its own on connections", "said in a sentence, exit 2")
def test_siege_is_not_asked_for_more_connections_than_it_would_open(start: Start, server: Scripted) -> None:
    started = start(f'exec {shutil.which("siege")} "$@"', server.url, "--connections", 256, name="siege")
    assert started.sentence().startswith("bench: siege has 255 connections at most, not 256: use the driver 'locust'")


@contextmanager
def small(limit: int, refusing: bool) -> Iterator[str]:
    """A server that keeps so many connections, and closes the others or lets them wait for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        plugs: list[socket.socket] = []

        def serve(plug: socket.socket) -> None:
            with suppress(OSError), plug:
                while data := plug.recv(65536):
                    plug.sendall(HELLO * data.count(b"\r\n\r\n"))

        def accept() -> None:
            with suppress(OSError):
                while refusing or len(plugs) < limit:
                    plug, _ = listener.accept()
                    if len(plugs) < limit:
                        plugs.append(plug)
                        threads.append(threading.Thread(target=serve, args=(plug,)))
                        threads[-1].start()
                    else:
                        plug.close()

        threads = [threading.Thread(target=accept)]
        threads[0].start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for plug in plugs:
                with suppress(OSError):
                    plug.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


@pytest.mark.fault(
    "driver", "the server has room for fewer connections than asked for", "how many had no answer is told"
)
@pytest.mark.parametrize("refusing", [True, False], ids=["closing", "waiting"])
def test_connections_that_never_had_an_answer_are_told(start: Start, refusing: bool) -> None:
    with small(4, refusing) as url:
        said = start(None, url, "--connections", 16, name="locust", patience=30).answer()
    assert "verified responses in" in said
    assert ("error: reset, " if refusing else "12 connections were never answered") in said


@pytest.mark.fault("driver", "its own limit on files is below the connections", "both numbers in a sentence, exit 2")
def test_a_driver_that_cannot_open_all_connections_measures_nothing(server: Scripted) -> None:
    code = (
        "import resource, sys; from bench.drivers.engine import measure; from bench.drivers.pool import Pool;"
        "from bench.errors import DriverError; from bench.model import Load, Target; pool = Pool(sys.argv[1]);"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20)); load = Load('x', connections=64, duration=0.1)\n"
        "try: measure(pool, Target('x', sys.argv[1]), load, 1)\nexcept DriverError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code, server.url], capture_output=True, text=True, timeout=60)
    assert " of 64 connections to http://127.0.0.1" in said.stdout, said.stderr
    assert said.stdout.endswith("could be opened: [Errno 24] Too many open files.\n")


@pytest.mark.fault(
    "server", "it leaves one connection waiting", "one time-out long, then its launch fails; others go on"
)
def test_a_time_out_among_right_answers_is_waited_for_only_once() -> None:
    turns = count(1)

    def stuck(number: int, request: bytes) -> list[Step]:
        return [30.0] if next(turns) == 20 else [HELLO]

    stack, servers = several(stuck, always(HELLO))
    with stack:
        lost, well = windows(servers, replace(CUT, blocks=20), replace(LOAD, timeout=3.0))
    assert lost.slices
    assert well.slices
    assert lost.slices.lost
    assert lost.errors == {"time-out": 1}
    assert lost.responses == len(servers[0].requests) - 1
    assert len(well.slices.wall) == 20
