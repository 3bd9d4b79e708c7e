"""A process tree is put on cores and back, with every thread of it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.system import meter
from bench.system.placement import placed

pytestmark = pytest.mark.skipif(
    not meter.LINUX or len(os.sched_getaffinity(0)) < 2, reason="Linux with two cores places processes"
)

CHILD = """
import subprocess, sys, threading, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("up", flush=True)
sys.stdin.readline()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("more", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def tree() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        members = list(meter.tree(process.pid))
        assert len(members) == 2
        yield process
        for member in members:
            os.kill(member, 9)


def cores(pid: int) -> list[set[int]]:
    return [
        os.sched_getaffinity(int(thread))
        for member in meter.tree(pid)
        for thread in sorted(os.listdir(f"/proc/{member}/task"))
    ]


def test_all_threads_of_a_tree_move_and_come_back_those_begun_meanwhile_too(tree: "subprocess.Popen[str]") -> None:
    before, first = cores(tree.pid), min(os.sched_getaffinity(0))
    assert len(before) == 3
    with placed([tree.pid], [first]):
        assert cores(tree.pid) == [{first}] * 3
        assert tree.stdin
        assert tree.stdout
        print(file=tree.stdin, flush=True)
        tree.stdout.readline()
        assert cores(tree.pid) == [{first}] * 4
    assert cores(tree.pid) == [*before, before[0]]


def test_without_cores_nothing_moves(tree: "subprocess.Popen[str]") -> None:
    before = cores(tree.pid)
    with placed([tree.pid], None):
        assert cores(tree.pid) == before


def test_a_process_that_is_gone_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with placed([gone.pid], [0]):
        pass
