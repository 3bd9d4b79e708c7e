"""Servers that lose their port to somebody else, that are mistaken for another, or that take all the memory."""

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import ill
import pytest
from harming import harmed, sending

from bench import launch
from bench.errors import ServerError
from bench.model import Load, Settings
from bench.processes import guard
from bench.rows.catalog import Catalog, load_catalog
from bench.system import meter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who listens on a port")

# The row's own first step tells its port and waits until somebody has taken it, as may happen between choosing a port
# and binding it.
RACER = """
import os, socket, sys
with socket.socket(socket.AF_UNIX) as thief:
    thief.connect({meeting!r})
    thief.sendall(sys.argv[2].encode())
    thief.recv(1)
os.execv(sys.executable, [sys.executable, {ill!r}, *sys.argv[1:]])
"""


class Thief:
    """Takes the first ports that it is told of, and serves on them what it likes."""

    def __init__(self, meeting: Path, takes: int, answer: bytes, reuse: bool = False) -> None:
        self.told: list[int] = []
        self._taken: list[socket.socket] = []
        self._takes, self._answer, self._reuse = takes, answer, reuse
        self._meeting = socket.socket(socket.AF_UNIX)
        self._meeting.bind(str(meeting))
        self._meeting.listen()
        threading.Thread(target=self._meet, daemon=True).start()

    def _meet(self) -> None:
        with suppress(OSError):
            while True:
                plug, _ = self._meeting.accept()
                with plug:
                    self.told.append(int(plug.recv(64)))
                    if len(self.told) <= self._takes:
                        self._take(self.told[-1])
                    plug.sendall(b"!")

    def _take(self, port: int) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, self._reuse)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        self._taken.append(listener)
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                plug, _ = listener.accept()
                with plug, suppress(OSError):
                    if plug.recv(65536):
                        plug.sendall(self._answer)

    def close(self) -> None:
        for listener in (self._meeting, *self._taken):
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@contextmanager
def thief(folder: Path, takes: int, answer: bytes = ill.HELLO, how: str = "well") -> Iterator[tuple[Thief, Catalog]]:
    """Somebody who takes so many ports, and the catalog with a row that is told of him."""
    meeting = folder / "meeting"
    racer = folder / "racer.py"
    racer.write_text(RACER.format(meeting=str(meeting), ill=ill.__file__))
    rows = folder / "rows.toml"
    rows.write_text(ill.table("racer", f"{{python}} {racer} {how} {{port}} {folder}"))
    somebody = Thief(meeting, takes, answer, reuse=how == "shares")
    try:
        yield somebody, load_catalog(rows)
    finally:
        somebody.close()
    assert not ill.remaining(folder)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
            marks=pytest.mark.fault(
                "server", "its port is taken between choosing and binding", "it is started anew with another port"
            ),
        ),
        pytest.param(
            ill.HELLO,
            marks=pytest.mark.fault(
                "server",
                "another row's server answers rightly at its port",
                "it is not believed, another port is tried",
            ),
        ),
    ],
)
def test_a_server_whose_port_is_taken_is_given_another(tmp_path: Path, answer: bytes) -> None:
    with thief(tmp_path, 1, answer) as (somebody, catalog):
        with launch.serving(catalog, catalog.servers["racer"], Settings(), log=tmp_path / "log") as up:
            assert int(up.target.url.rpartition(":")[2]) == somebody.told[1]
        assert len(somebody.told) == 2
        assert somebody.told[0] != somebody.told[1]


@pytest.mark.fault(
    "server", "every port that it is given is taken", "the row fails after three of them, with its own words"
)
def test_a_server_whose_ports_are_all_taken_fails_in_a_sentence(tmp_path: Path) -> None:
    with thief(tmp_path, 9, b"") as (somebody, catalog):
        sentence = r"^racer exited with status 1 before it answered; it last said: .*Address already in use"
        with pytest.raises(ServerError, match=sentence):
            launched(catalog, tmp_path)
        assert len(somebody.told) == 3


@pytest.mark.fault(
    "server", "somebody shares its port (SO_REUSEPORT)", "the row is not measured: answers may be another's"
)
def test_a_port_that_is_shared_is_nobodys(tmp_path: Path) -> None:
    with thief(tmp_path, 9, ill.HELLO, "shares") as (somebody, catalog):
        with pytest.raises(ServerError, match=r"^racer is not alone at its port \d+: somebody else listens there\.$"):
            launched(catalog, tmp_path)
        assert len(somebody.told) == 3


def launched(catalog: Catalog, folder: Path) -> None:
    with launch.serving(catalog, catalog.servers["racer"], Settings(), log=folder / "log"):
        pass


@pytest.mark.fault("server", "TMPDIR is too long a folder for unix sockets", "its folder is made in /tmp instead")
def test_a_long_folder_for_temporary_files_costs_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("a-very-long-name" * 8)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    catalog = load_catalog()
    with launch.serving(catalog, catalog.servers["uwsgi+nginx"], Settings(), log=tmp_path / "log") as up:
        folder = os.readlink(f"/proc/{up.ward.pids[0]}/cwd")
        assert not folder.startswith(str(tmp_path))
        assert len(folder) < 80
    assert not list(long.iterdir())


CAPACITY = Load("capacity", connections=8, duration=0.5, windows=3, timeout=2.0)


@pytest.mark.fault("server", "leaks memory under load", "what it held before and after is in its record")
def test_a_leak_shows_in_the_record(tmp_path: Path) -> None:
    rows = ill.rows(tmp_path, drips="later:drips", well="well")
    outcome = harmed(rows, {"drips": sending(signal.SIGUSR1, "ill.py")}, tmp_path, [CAPACITY], "well")
    leaking, well = outcome.records["drips"], outcome.records["well"]
    assert leaking.failure is None
    held = [window.memory or 0 for window in leaking.windows]
    assert held[2] - held[1] > 4e6
    assert (leaking.memory_loaded or 0) >= held[2] - 1e6
    assert (well.memory_loaded or 0) - (well.memory_idle or 0) < held[2] - held[0]


@pytest.mark.fault("server", "leaks so much that the machine would go down", "it is ended in time, others go on")
def test_a_server_that_eats_the_machine_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = meter.available
    # All but 700 MB of this machine's memory are as good as taken.
    taken = real() - 7e8
    monkeypatch.setattr(meter, "available", lambda: round(real() - taken))
    monkeypatch.setattr(guard, "reserved", lambda: round(4e8))
    rows = ill.rows(tmp_path, leaks="later:leaks", well="well")
    load = replace(CAPACITY, windows=8)
    outcome = harmed(rows, {"leaks": sending(signal.SIGUSR1, "ill.py")}, tmp_path, [load], "well")
    sentence = (
        r"leaks was ended when it held \d\.\d\d GB and this machine had 0\.\d\d GB of memory left under load capacity\."
    )
    assert re.fullmatch(sentence, outcome.records["leaks"].failure or "")
    assert outcome.verdicts["leaks"].word == "FAILED"
    assert outcome.records["well"].failure is None
