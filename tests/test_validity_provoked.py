"""Verdicts on real load: each thing that spoils a result is brought about, and the verdict names it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
import synthetic
from waiting import eventually

from bench import check, drivers, launch, probe
from bench.drivers import Drive
from bench.judgement import Verdict
from bench.model import Load, Machine, Record, Rendered, Run, Settings, Target, Trial
from bench.rows.catalog import load_catalog
from bench.system import machine
from bench.system.surroundings import Surroundings
from bench.validity import judge, judge_all, marks, reasons

SERVER = """
import sys
from gevent.server import StreamServer
count = 0
def right():
    global count
    count += 1
    return not {wrong} or count % {wrong}
def answer(plug, address):
    while plug.recv(65536):
        body = b"Hello World!" if right() else b"Goodbye mate"
        head = b"HTTP/1.1 200 OK\\r\\n{field}Content-Length: 12\\r\\n\\r\\n"
        if {apart}:
            plug.sendall(head)
            plug.sendall(body)
        else:
            plug.sendall(head + body)
        if {field!r}:
            break
StreamServer(("127.0.0.1", int(sys.argv[1])), answer, backlog=256).serve_forever()
"""
BUSY = "while True: pass"
LOAD = Load("capacity", connections=32, duration=0.5)
HERE = machine.probe()
only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's clocks and affinity")
needs_a_core_apart = pytest.mark.skipif(not HERE.driver_cores, reason="server and driver share the only core")


@pytest.fixture(scope="module")
def drive() -> Iterator[Drive]:
    with drivers.driving("locust", HERE.driver_cores) as drive:
        yield drive


def listens(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    return False


@contextmanager
def serving(folder: Path, *, wrong: int = 0, apart: bool = False, closing: bool = False) -> Iterator[Target]:
    """A server that errs each so many times, sends head and body apart, or closes connections."""
    script = folder / "server.py"
    field = r"Connection: close\r\n" if closing else ""
    script.write_text(SERVER.format(wrong=wrong, apart=apart, field=field))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, script, str(port)]) as process:
        try:
            if HERE.server_cores:
                os.sched_setaffinity(process.pid, HERE.server_cores)
            eventually(partial(listens, port))
            yield Target("provoked", f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.kill()


def run(*names: str, slots: int | None = None, here: Machine = HERE) -> Run:
    rendered = Rendered("provoked", "wsgi", (("server",),), {}, slots, "", (), False)
    return replace(
        synthetic.run(), machine=here, servers=dict.fromkeys(names or ("provoked",), rendered), loads=(LOAD,)
    )


def record(target: Target, drive: Drive, name: str = "provoked") -> Record:
    """A launch of one window; the connections' first answers belong to another."""
    drive(target, replace(LOAD, duration=0.1))
    before = Surroundings.read()
    windows = tuple(before.beside([drive(target, LOAD)]))
    return Record(Trial(name, 0, 0, 1), 0.0, windows=windows, manner=probe.manner(target.url))


def judged(target: Target, drive: Drive, shows: Callable[[Verdict], bool] = lambda verdict: verdict.valid) -> Verdict:
    """The verdict on a launch; what else this machine does may hide what is to be seen, so it is tried again."""
    for _ in range(5):
        verdict = judge([record(target, drive)], run())
        if shows(verdict):
            break
    return verdict


def says(word: str, beginning: str) -> Callable[[Verdict], bool]:
    return lambda verdict: verdict.word == word and any(why.startswith(beginning) for why in reasons(verdict))


def starved(verdict: Verdict) -> bool:
    return verdict.word == "DRIVER-BOUND" and "of it for a core" in reasons(verdict)[0]


def crowded(verdict: Verdict) -> bool:
    return verdict.valid and any(mark.evidence.startswith("other processes took") for mark in marks(verdict))


def yield_to_all(pid: int) -> None:
    """Have every thread of a process come last wherever another wants the core, of its session or not."""
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text("10")
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.setpriority(os.PRIO_PROCESS, int(thread), 10)


@contextmanager
def neighbours(count: int, cores: tuple[int, ...]) -> Iterator[None]:
    """So many processes, in nobody's custody, that want all of these cores."""
    pids = []
    script = f"import os; os.sched_setaffinity(0, {set(cores)})\n{BUSY}"
    with ExitStack() as stack:
        for _ in range(count):
            command = ["sh", "-c", 'setsid "$@" >/dev/null 2>&1 & echo $!', "sh", sys.executable, "-c", script]
            pids.append(int(subprocess.run(command, check=True, capture_output=True).stdout))
            stack.callback(os.kill, pids[-1], signal.SIGKILL)
        eventually(lambda: all(sum(psutil.Process(pid).cpu_times()[:2]) >= 0.05 for pid in pids))
        yield


def test_a_server_that_works_is_believed(tmp_path: Path, drive: Drive) -> None:
    with serving(tmp_path) as target:
        verdict = judged(target, drive)
    assert verdict.valid, reasons(verdict)


@pytest.mark.fault("server", "answers one request in a hundred wrongly", "the verdict is ERRORS, with the share")
def test_one_wrong_body_in_a_hundred_is_errors(tmp_path: Path, drive: Drive) -> None:
    with serving(tmp_path, wrong=100) as target:
        verdict = judged(target, drive, lambda verdict: verdict.word == "ERRORS")
    assert verdict.word == "ERRORS"
    assert "body" in reasons(verdict)[0]


@only_on_linux
@pytest.mark.fault("server", "waits 40 ms for delayed acknowledgements", "the verdict is IDLE: it is no capacity")
def test_nagle_against_delayed_acknowledgements_is_idle(tmp_path: Path, drive: Drive) -> None:
    """What bjoern and gevent's pywsgi do without TCP_NODELAY: 40 ms an answer, while nobody works."""
    with serving(tmp_path, apart=True) as target:
        verdict = judged(target, drive, says("IDLE", "median 4"))
    assert says("IDLE", "median 4")(verdict), reasons(verdict)


@only_on_linux
@needs_a_core_apart
@pytest.mark.fault("machine", "neighbours take the driver's core", "the row is struck out: DRIVER-BOUND")
def test_a_driver_that_gets_no_core_is_driver_bound(tmp_path: Path) -> None:
    assert HERE.driver_cores
    others = {process.pid for process in psutil.Process().children()}
    with drivers.driving("locust", HERE.driver_cores) as drive:
        (driver,) = {process.pid for process in psutil.Process().children()} - others
        with serving(tmp_path) as target:
            drive(target, replace(LOAD, duration=0.1))
            yield_to_all(driver)
            with neighbours(4, HERE.driver_cores):
                verdict = judged(target, drive, starved)
    assert starved(verdict), verdict


@only_on_linux
@pytest.mark.fault("machine", "a neighbour takes a core", "the row is marked NOISY")
def test_a_neighbour_that_takes_a_core_makes_it_noisy(tmp_path: Path, drive: Drive) -> None:
    with serving(tmp_path) as target, neighbours(1, HERE.server_cores or (0,)):
        verdict = judged(target, drive, crowded)
    assert crowded(verdict), verdict


def test_a_row_that_closes_connections_is_of_another_class(tmp_path: Path, drive: Drive) -> None:
    tried = {}
    for name, closing in (("one", False), ("other", False), ("closing", True)):
        with serving(tmp_path, closing=closing) as target:
            tried[name] = [record(target, drive, name)]
    verdicts = judge_all(tried, run(*tried))
    told = {
        name: [mark.evidence for mark in marks(verdict) if mark.rule == "PROTOCOL"]
        for name, verdict in verdicts.items()
    }
    assert told == {
        "one": [],
        "other": [],
        "closing": ["it speaks HTTP/1.1, closing each connection; 2 of 3 rows speak HTTP/1.1, keeping connections"],
    }


@pytest.mark.fault("server", "has one thread where four were declared", "the verdict is SLOTS, with both figures")
def test_one_thread_where_four_were_declared_is_another_number_of_slots(tmp_path: Path) -> None:
    rows = tmp_path / "rows.toml"
    rows.write_text(
        '[starved]\ntitle = "Waitress with one thread"\nserves = "wsgi"\nslots = "threads"\nneeds = ["waitress"]\n'
        'run = ["{python} -m waitress --listen={host}:{port} --threads=1 --backlog={backlog} '
        '--connection-limit={connections} {app}"]\n[starved.ignores]\nworkers = "one process"\nthreads = "a mistake"\n'
    )
    catalog = load_catalog(rows)
    server = catalog.servers["starved"]
    settings = Settings(workers=1, threads=4)
    with launch.serving(catalog, server, settings, log=tmp_path / "log") as up:
        seen = probe.measured_slots(up.target.url, 4, 0.03)
    records = [Record(Trial("starved", at, 0, 1), 0.0, slots=seen) for at in range(check.LAUNCHES)]
    verdict = judge(records, run("starved", slots=launch.described(catalog, server, settings).slots))
    assert verdict.word == "SLOTS"
    assert reasons(verdict) == ["it worked on 1 requests at once where its settings come to 4, in 3 launches"]
