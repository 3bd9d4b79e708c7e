"""The machine is described by what it says of itself, never by guesses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.system import confines, machine, meter
from bench.system.meter import Usage


def test_the_probe_agrees_with_the_system() -> None:
    found = machine.probe()
    assert found.cores == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert found.memory
    assert found.python.endswith(".".join(map(str, sys.version_info[:3])))


@given(st.sets(st.integers(0, 255), max_size=16).map(sorted).map(tuple))
def test_server_and_driver_never_share_a_core(cores: tuple[int, ...]) -> None:
    servers, driver = machine.divided(cores)
    if len(cores) < 2:
        assert (servers, driver) == (None, None)
    else:
        assert servers
        assert driver
        assert not set(servers) & set(driver)
        assert set(servers) | set(driver) <= set(cores)


def test_what_is_not_installed_has_no_version(tmp_path: Path) -> None:
    found = machine.versions(["flask", "no-such-distribution"], {"nothing": tmp_path / "nothing"})
    assert list(found) == ["flask"]


def test_a_programs_version_is_its_own(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho program version: program/1.31.3 built with OpenSSL 3.0\n")
    program.chmod(0o755)
    assert machine.versions([], {"program": program}) == {"program": "1.31.3"}


def test_the_commit_says_whether_files_differ_from_it(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True)

    assert machine.commit(tmp_path) is None
    git("init")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-m", "one")
    clean = machine.commit(tmp_path)
    assert clean
    assert len(clean) == 12
    (tmp_path / "file").write_text("two")
    assert machine.commit(tmp_path) == clean + "+"


@pytest.mark.skipif(not meter.LINUX or len(machine.usable_cores()) < 2, reason="Linux with two cores keeps them awake")
@pytest.mark.parametrize(
    ("flags", "steal", "quota", "kept"),
    [
        ("fpu sse2 hypervisor", 0.0, None, True),
        ("fpu sse2", 0.0, None, False),
        ("fpu sse2", 0.7, None, True),
        ("fpu sse2 hypervisor", 0.0, 1.5, False),
    ],
)
def test_cores_are_kept_awake_over_a_hypervisor_where_no_quota_is_used_up(
    flags: str, steal: float, quota: float | None, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(f"processor : 0\nflags\t\t: {flags}\n")
    monkeypatch.setattr(machine, "_CPU_INFO", told)
    monkeypatch.setattr(meter, "usage", lambda: Usage(1.0, steal))
    monkeypatch.setattr(confines, "quota", lambda: quota)
    assert machine.probe().kept_awake is kept
