"""Slices count as windows do, never overlap, and bill every target what it used and nothing else."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import count

import pytest
from scripted import CLOSE, HELLO, RESET, Script, Scripted, Step, always, scripted

from bench import drivers
from bench.drivers.account import Account
from bench.drivers.messages import Cut
from bench.drivers.poller import POLLERS
from bench.drivers.pool import Pool
from bench.drivers.slicing import sliced
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Target, Window
from bench.system import meter

LOAD = Load("slices", connections=4)
CUT = Cut(length=0.004, blocks=6, seed=3)


@pytest.fixture(params=POLLERS)
def polling(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def windows(
    servers: Sequence[Scripted], cut: Cut = CUT, load: Load = LOAD, polling: str | None = None
) -> tuple[Window, ...]:
    with ExitStack() as stack:
        rows = [
            (stack.enter_context(closing(Pool(server.url, polling))), Target(server.url, server.url))
            for server in servers
        ]
        return sliced(rows, load, cut, order=7)


def several(*scripts: Script) -> tuple[ExitStack, list[Scripted]]:
    stack = ExitStack()
    return stack, [stack.enter_context(scripted(script)) for script in scripts]


def test_every_answer_is_counted_in_one_slice(polling: str) -> None:
    stack, servers = several(always(HELLO), always(HELLO))
    with stack:
        measured = windows(servers, polling=polling)
    for window, server in zip(measured, servers, strict=True):
        assert window.slices
        assert len(window.slices.wall) == len(window.slices.responses) == CUT.blocks
        assert sum(window.slices.responses) == window.responses == len(server.requests)
        assert sum(window.slices.received) == window.received == window.responses * len(HELLO)
        assert sum(window.slices.wall) == pytest.approx(window.duration)
        assert min(window.slices.wall) >= CUT.length
        assert Histogram.decode(window.latency or "").count == window.responses
        assert window.opened == server.connections == LOAD.connections
        assert window.errors == {}
        assert (window.slices.order, window.slices.lost) == (7, False)
        assert window.slices.server_cpu is None


def test_connections_that_are_closed_after_each_answer_are_opened_anew_and_counted(polling: str) -> None:
    closes = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 12\r\n\r\nHello World!"
    stack, servers = several(always(closes, CLOSE), always(HELLO))
    with stack:
        closing_one, keeping_one = windows(servers, polling=polling)
    assert closing_one.errors == keeping_one.errors == {}
    assert closing_one.opened == closing_one.responses > CUT.blocks
    assert keeping_one.opened == LOAD.connections


def test_a_target_that_answers_no_more_costs_its_own_slices_alone(polling: str) -> None:
    turns = count(1)

    def dying(number: int, request: bytes) -> list[Step]:
        return [HELLO] if next(turns) < (CUT.blocks - 1) * LOAD.connections else [RESET]

    stack, servers = several(dying, always(HELLO))
    with stack:
        lost, well = windows(servers, polling=polling)
    assert lost.slices
    assert well.slices
    assert lost.slices.lost
    assert lost.errors
    assert len(lost.slices.wall) < CUT.blocks
    assert len(well.slices.wall) == CUT.blocks
    assert not well.errors


def test_a_target_that_nobody_listens_at_is_lost_and_not_an_error_of_the_driver() -> None:
    with scripted(always(HELLO)) as gone:
        pass
    with scripted(always(HELLO)) as here:
        nobody, somebody = windows([gone, here])
    assert nobody.slices
    assert nobody.slices.lost
    assert set(nobody.errors) == {"connect"}
    assert nobody.responses == 0
    assert somebody.slices
    assert len(somebody.slices.wall) == CUT.blocks


def test_no_block_begins_after_the_limit() -> None:
    with scripted(always(HELLO)) as server:
        began = time.monotonic()
        (window,) = windows([server], replace(CUT, blocks=10**6, limit=0.05))
        took = time.monotonic() - began
    assert window.slices
    assert sum(window.slices.wall[:-1]) <= 0.05 < took


def test_the_open_model_is_not_cut() -> None:
    with scripted(always(HELLO)) as server, pytest.raises(DriverError, match="closed model only"):
        windows([server], load=replace(LOAD, rate=100.0))


def test_the_locust_process_cuts_load_on_cores_of_choice() -> None:
    stack, servers = several(always(HELLO), always(HELLO))
    targets = [Target(name, server.url, os.getpid()) for name, server in zip("ab", servers, strict=True)]
    cores = [min(os.sched_getaffinity(0))] if meter.LINUX else None
    with stack, drivers.driving() as drive:
        slicer = drivers.slicer(drive)
        assert slicer
        once = slicer.slices(targets, LOAD, length=0.004, blocks=5, seed=1, cores=cores)
        again = slicer.slices(targets, LOAD, length=0.004, blocks=5, seed=1)
        whole = drive(targets[0], replace(LOAD, duration=0.05))
    for window in (*once, *again):
        assert window.slices
        assert window.slices.server_cpu
        assert all(cost > 0 for cost in window.slices.server_cpu)
        assert all(cost > 0 for cost in window.slices.driver_cpu)
        assert sum(window.slices.server_cpu) == pytest.approx(window.server_cpu)
    assert [window.opened for window in (*once, *again, whole)] == [4, 4, 0, 0, 0]
    assert once[0].slices
    assert again[0].slices
    assert once[0].slices.cores == (tuple(cores) if cores else None)
    assert once[0].slices.order != again[0].slices.order


def test_programs_of_others_have_no_slices() -> None:
    assert drivers.slicer(lambda target, load: Window("x", "closed", 1, 0.0, 1.0, 1)) is None


PARENT = """
import os, sys, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
for word in sys.stdin:
    word = word.strip()
    if word == "fork":
        child = os.fork()
        if child == 0:
            burn(0.06)
            os._exit(0)
    elif word == "wait":
        os.waitpid(child, 0)
    else:
        burn(float(word))
    print(word, flush=True)
"""


@pytest.fixture
def parent() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def told(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin
    assert process.stdout
    print(word, file=process.stdin, flush=True)
    assert process.stdout.readline().strip() == word


def test_a_turn_is_billed_what_was_used_in_it_and_not_in_between(parent: "subprocess.Popen[str]") -> None:
    told(parent, "0.001")
    account = Account(parent.pid)
    account.begin()
    told(parent, "0.03")
    assert account.finish() == pytest.approx(0.03, rel=0.2)
    told(parent, "0.05")
    account.begin()
    assert account.late == pytest.approx(0, abs=1e-9)
    assert account.waiting == pytest.approx(0.05, rel=0.2)
    assert account.finish() == pytest.approx(0, abs=0.003)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not fork")
def test_children_that_are_waited_for_later_are_billed_to_their_turn_once(parent: "subprocess.Popen[str]") -> None:
    told(parent, "0.001")
    account = Account(parent.pid)
    account.begin()
    told(parent, "fork")
    billed = account.finish()
    told(parent, "wait")
    account.begin()
    billed += account.late
    # what a child that was waited for has used is known to the tick
    assert billed == pytest.approx(0.06, abs=0.025)
    assert account.waiting < 0.01


@pytest.mark.fault("server", "its warden is killed in mid-window", "what its processes cost is not known, and not told")
def test_what_a_tree_cost_whose_top_was_killed_is_not_told(parent: "subprocess.Popen[str]") -> None:
    def killing(number: int, request: bytes) -> Sequence[Step]:
        if number == 3:
            parent.kill()
            parent.wait()
        return [HELLO]

    told(parent, "0.05")
    with scripted(killing) as server, closing(Pool(server.url)) as pool:
        (window,) = sliced([(pool, Target("server", server.url, parent.pid, parent.pid))], LOAD, CUT, order=1)
    assert window.responses > 4
    assert window.slices
    assert (window.server_cpu, window.front_cpu) == (None, None)
    assert (window.slices.server_cpu, window.slices.front_cpu, window.slices.idle) == (None, None, None)
