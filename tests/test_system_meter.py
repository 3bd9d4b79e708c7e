"""The meter agrees with what processes say of themselves, for whole trees, dead members included."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from bench.system import meter

BURN = "import time\nwhile time.process_time() < {0}: pass\n"


def tell(source: str) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    assert child.stdout.readline() == "done\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.communicate("")


def test_a_process_is_billed_what_it_burnt() -> None:
    child = tell(BURN.format(0.3) + "print('done', flush=True); input()")
    spent = meter.cpu_time(child.pid)
    end(child)
    assert spent is not None
    assert spent == pytest.approx(0.3, abs=0.15)


def test_threads_that_ended_are_billed() -> None:
    source = "import threading\ndef burn():\n import time\n while time.thread_time() < 0.3: pass\n"
    child = tell(source + "t = threading.Thread(target=burn); t.start(); t.join(); print('done', flush=True); input()")
    spent = meter.cpu_time(child.pid)
    end(child)
    assert spent is not None
    assert spent > 0.3


def test_children_are_billed_alive_and_dead() -> None:
    burn = BURN.format(0.2).replace("\n", r"\n")
    source = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', '{burn}'])\n"
    source += f"p = subprocess.Popen([sys.executable, '-c', '{burn}print(1, flush=True); input()'],"
    source += " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\np.stdout.readline(); print('done', flush=True); input()"
    child = tell(source)
    assert len(list(meter.tree(child.pid))) == 2
    spent = meter.cpu_time(child.pid)
    end(child)
    assert spent is not None
    assert spent > 0.4


def test_a_clock_never_goes_back() -> None:
    read = [meter.cpu_time(os.getpid()) or 0 for _ in range(50)]
    assert read == sorted(read)


def test_memory_grows_by_what_a_child_takes() -> None:
    source = "import sys; print('done', flush=True); input(); block = bytearray(b'x' * 50_000_000);"
    child = tell(source + " print('done', flush=True); input()")
    before = meter.memory(child.pid)
    assert child.stdin
    assert child.stdout
    child.stdin.write("\n")
    child.stdin.flush()
    child.stdout.readline()
    after = meter.memory(child.pid)
    end(child)
    assert before
    assert after
    assert after - before == pytest.approx(50_000_000, rel=0.1)


@pytest.mark.skipif(not meter.LINUX, reason="psutil knows proportional set size on Linux alone")
def test_memory_is_what_psutil_calls_proportional() -> None:
    child = tell("print('done', flush=True); input()")
    measured = meter.memory(child.pid)
    known = psutil.Process(child.pid).memory_full_info().pss
    end(child)
    assert measured == pytest.approx(known, rel=0.02)


def test_a_process_that_is_gone_has_no_figures() -> None:
    child = tell("print('done', flush=True)")
    end(child)
    assert meter.cpu_time(child.pid) is None
    assert meter.memory(child.pid) is None
    assert list(meter.tree(child.pid)) == []


def test_what_holds_a_tree_can_be_left_out() -> None:
    source = "import subprocess, sys\np = subprocess.Popen([sys.executable, '-c', 'print(1, flush=True); input()'],"
    source += " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\np.stdout.readline(); print('done', flush=True); input()"
    child = tell(source)
    whole, below = meter.memory(child.pid), meter.memory(child.pid, itself=False)
    end(child)
    assert whole
    assert below
    assert 0.2 < below / whole < 0.8


def test_the_machine_is_at_least_as_busy_as_we_are() -> None:
    before, burnt, last = meter.usage(), 0.0, time.process_time()
    while burnt < 0.3:
        now = time.process_time()
        # What we are billed at one go is time for which the machine stood still: it was not told of any.
        burnt, last = burnt + (now - last if now - last < 0.001 else 0.0), now
    assert meter.usage().busy - before.busy > 0.2
