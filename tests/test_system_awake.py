"""Cores are kept busy while they are measured, at nobody's cost, and by nothing that stays."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from waiting import eventually

from bench.model import Machine
from bench.system import machine, meter, wakeful
from bench.system.awake import awake

pytestmark = pytest.mark.skipif(
    not meter.LINUX or len(os.sched_getaffinity(0)) < 2, reason="Linux with two cores keeps them awake"
)

PR_CAPBSET_DROP, CAP_SYS_ADMIN = 24, 21
HARNESS = """
import os, time
from dataclasses import replace
from bench.system import machine
from bench.system.awake import awake
with awake(replace(machine.probe(), kept_awake=True)) as here:
    print(here.kept_awake, flush=True)
    time.sleep(60)
"""
UNWRITABLE = 'mount --bind /proc /proc && mount -o remount,bind,ro /proc && exec "$@"'
STANDING = "import runpy; runpy.run_path({!r})['stand_back'](); print(open('/proc/self/autogroup').read())"
BUSY = "import os; os.sched_setaffinity(0, {%d})\nwhile True: pass"


@pytest.fixture(scope="module")
def here() -> Machine:
    return replace(machine.probe(), kept_awake=True)


def spinning(parent: int | None = None) -> list[psutil.Process]:
    """All that keep cores awake for a process."""
    found = psutil.Process(parent).children(recursive=True)
    return [one for one in found if os.sched_getscheduler(one.pid) == os.SCHED_IDLE]


def test_each_core_has_a_process_while_it_is_measured_and_none_afterwards(here: Machine) -> None:
    with awake(here) as found:
        assert found == here
        held = spinning()
        assert {(*one.cpu_affinity(),) for one in held} == {(core,) for core in os.sched_getaffinity(0)}
    assert not [one for one in held if one.is_running()]


def test_a_machine_that_does_not_need_it_has_none(here: Machine) -> None:
    before = psutil.Process().children()
    with awake(replace(here, kept_awake=False)) as found:
        assert not found.kept_awake
        assert psutil.Process().children() == before


@pytest.fixture
def busy(here: Machine) -> Iterator[psutil.Process]:
    """A process of another session that wants all of a core that is kept awake."""
    assert here.server_cores
    command = [sys.executable, "-c", BUSY % here.server_cores[0]]
    with subprocess.Popen(command, start_new_session=True) as process:
        yield psutil.Process(process.pid)
        process.kill()


def test_who_wants_a_core_gets_it_though_it_is_kept_awake(here: Machine, busy: psutil.Process) -> None:
    def spent(process: psutil.Process) -> float:
        return sum(process.cpu_times()[:2])

    assert here.server_cores
    with awake(here):
        (rival,) = (one for one in spinning() if one.cpu_affinity() == [*here.server_cores[:1]])
        before, began = spent(rival), spent(busy)
        eventually(lambda: spent(busy) > began + 1)
        assert spent(rival) - before < 0.1 * (spent(busy) - began)


def test_nothing_is_kept_awake_for_a_harness_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", HARNESS], stdout=subprocess.PIPE) as harness:
        assert harness.stdout
        assert harness.stdout.readline() == b"True\n"
        held = spinning(harness.pid)
        harness.kill()
    assert len(held) == len(os.sched_getaffinity(0))
    eventually(lambda: not [one for one in held if one.is_running()])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.skipif(not Path(wakeful.GROUP).exists(), reason="this kernel does not group processes by session")
def test_a_machine_whose_kernel_cannot_be_told_is_not_kept_awake() -> None:
    command = ["unshare", "--mount", "sh", "-c", UNWRITABLE, "sh", sys.executable, "-c", HARNESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as harness:
        assert harness.stdout
        assert harness.stdout.readline() == b"False\n"
        assert not spinning(harness.pid)
        harness.kill()


@pytest.fixture
def grouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a kernel says whether sessions share a core; none of them can be told to stand back."""
    monkeypatch.setattr(wakeful, "GROUPED", str(tmp_path / "grouped"))
    monkeypatch.setattr(wakeful, "GROUP", str(tmp_path / "no" / "group"))
    return tmp_path / "grouped"


@pytest.mark.parametrize("said", [None, "0\n"])
def test_where_sessions_do_not_share_a_core_nothing_has_to_stand_back(grouped: Path, said: str | None) -> None:
    if said:
        grouped.write_text(said)
    wakeful.stand_back()


def test_who_cannot_stand_back_keeps_nothing_awake(grouped: Path) -> None:
    grouped.write_text("1\n")
    with pytest.raises(FileNotFoundError):
        wakeful.main(os.getpid(), 0)


@pytest.mark.skipif(not Path(wakeful.GROUP).exists(), reason="this kernel does not group processes by session")
def test_sessions_of_who_is_not_root_stand_back_one_after_the_other() -> None:
    """The kernel takes ten such words a second from all of them together, and refuses what is told in between."""
    command = [sys.executable, "-I", "-S", "-c", STANDING.format(wakeful.__file__)]
    several = [
        subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=unprivileged, start_new_session=True)
        for _ in range(4)
    ]
    said = [one.communicate()[0].split()[-1] for one in several]
    assert said == [b"19"] * 4


def unprivileged() -> None:
    """Root keeps all but what the kernel asks for here."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN)
