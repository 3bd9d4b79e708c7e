"""The Locust process measures as ordered, holds several targets, and never outlives the harness."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest
from scripted import HELLO, always, scripted
from waiting import LONGEST, eventually, remaining

from bench.drivers import DRIVERS, driving
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Target

LOAD = Load("brief", connections=4, duration=0.1)


@pytest.fixture(scope="module")
def drive():
    with driving("locust", cores={min(os.sched_getaffinity(0))} if hasattr(os, "sched_getaffinity") else None) as drive:
        yield drive


@pytest.fixture
def server():
    with scripted(always(HELLO)) as server:
        yield server


def test_a_window_comes_back_filled(drive, server):
    before = time.monotonic()
    window = drive(Target("scripted", server.url, os.getpid(), os.getpid()), LOAD)
    assert before <= window.started <= time.monotonic() - window.duration
    assert (window.load, window.model, window.connections) == ("brief", "closed", 4)
    assert window.responses == len(server.requests) == Histogram.decode(window.latency).count
    assert window.opened == server.connections == Histogram.decode(window.connect).count == 4
    assert window.server_cpu == pytest.approx(window.front_cpu, rel=0.2)
    assert 0 < window.driver_cpu <= window.duration * 1.2
    assert 0 < window.driver_busy <= 1.1
    assert window.driver_memory > 1 << 20
    assert window.latency_mean == Histogram.decode(window.latency).mean


def test_fewer_connections_are_had_as_soon_as_more(drive, server):
    """Locust lets users go at the rate at which they came: 63 of 64 took a minute."""
    drive(Target("server", server.url), Load("many", connections=64, duration=0.1))
    begun = time.monotonic()
    few = drive(Target("server", server.url), Load("few", connections=1, duration=0.1))
    assert few.connections == 1
    assert time.monotonic() - begun < 15


def test_a_server_that_is_not_known_by_its_process_has_no_cpu_time(drive, server):
    window = drive(Target("scripted", server.url), LOAD)
    assert (window.server_cpu, window.front_cpu) == (None, None)


def test_several_targets_keep_their_connections_side_by_side(drive):
    with scripted(always(HELLO)) as one, scripted(always(HELLO)) as other:
        slices = Load("slice", connections=4, duration=0.02)
        windows = [drive(Target(server.url, server.url), slices) for server in (one, other) * 5]
        assert [window.opened for window in windows] == [4, 4] + [0] * 8
        assert (one.connections, other.connections) == (4, 4)
        assert sum(window.responses for window in windows) == len(one.requests) + len(other.requests)


def test_an_open_window_comes_back_filled(drive, server):
    window = drive(Target("scripted", server.url), Load("steady", connections=16, duration=0.2, rate=200))
    assert (window.model, window.rate, window.sent, window.responses) == ("open", 200, 40, 40)
    assert Histogram.decode(window.lag).count == 40 - window.queued


def test_what_cannot_be_measured_is_said_and_the_next_window_is_measured(drive, server):
    with pytest.raises(DriverError, match=r"nobody answers at http://127\.0\.0\.1:1"):
        drive(Target("nobody", "http://127.0.0.1:1"), LOAD)
    assert drive(Target("scripted", server.url), LOAD).responses > 0


def test_gevent_and_locust_stay_in_their_process(drive, server):
    drive(Target("scripted", server.url), LOAD)
    code = "import sys; from bench.drivers import driving; print(*{'gevent', 'locust'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_a_driver_nobody_has_heard_of_is_refused_with_a_guess():
    with pytest.raises(DriverError, match="Did you mean 'locust'"), driving("locsut"):
        pass
    assert "locust" in DRIVERS


HARNESS = """
import sys
from bench.drivers import driving
from bench.model import Load, Target
with driving({name!r}) as drive:
    target = Target("x", {url!r})
    drive(target, Load("first", connections=2, duration=0.1))
    print("ready", flush=True)
    drive(target, Load("long", connections=2, duration=3600))
"""


@contextmanager
def harness(name, url):
    code = HARNESS.format(name=name, url=url)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        assert process.stdout.readline() == b"ready\n"
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()


def alive(*processes):
    """Those that still run; whoever is dead may wait for a parent that never looks."""
    return [one for one in processes if one.is_running() and status(one) not in (None, psutil.STATUS_ZOMBIE)]


def status(one):
    """What a process does; None when it has just gone."""
    try:
        return one.status()
    except psutil.NoSuchProcess:
        return None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("name", ["locust", "wrk"])
def test_no_process_outlives_the_harness_in_the_middle_of_a_window(name, number, server):
    if name == "wrk" and not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    with harness(name, server.url) as process:
        asked = len(server.requests)
        loading = eventually(lambda: process.children(recursive=True) if len(server.requests) > asked else None)
        process.send_signal(number)
        assert remaining(lambda: alive(process, *loading), within=LONGEST) == []
