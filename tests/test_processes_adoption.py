"""A process that stands in for others is billed for them, by the means of any system."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import adoption


@contextmanager
def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_what_a_process_has_adopted_counts_as_its_own(tmp_path: Path) -> None:
    with sleeping() as one, sleeping() as other:
        assert list(adoption.tree(one.pid, tmp_path)) == [one.pid]
        adoption.adopt([other.pid], one.pid, tmp_path)
        assert list(adoption.tree(one.pid, tmp_path)) == [one.pid, other.pid]
        assert list(adoption.tree(other.pid, tmp_path)) == [other.pid]
        adoption.release(one.pid, tmp_path)
        assert list(adoption.tree(one.pid, tmp_path)) == [one.pid]


def test_descendants_come_with_those_they_have_adopted(tmp_path: Path) -> None:
    with sleeping() as one, sleeping() as other:
        adoption.adopt([other.pid], one.pid, tmp_path)
        found = set(adoption.tree(os.getpid(), tmp_path))
        assert {os.getpid(), one.pid, other.pid} <= found


def test_what_an_earlier_process_of_the_same_number_said_counts_for_nothing(tmp_path: Path) -> None:
    with sleeping() as one, sleeping() as other:
        adoption.adopt([other.pid], one.pid, tmp_path)
        os.utime(tmp_path / f"bench-adopted-{one.pid}", (time.time() - 3600, time.time() - 3600))
        assert list(adoption.tree(one.pid, tmp_path)) == [one.pid]


def test_one_that_is_gone_has_no_tree(tmp_path: Path) -> None:
    with sleeping() as gone:
        pass
    assert list(adoption.tree(gone.pid, tmp_path)) == []
    with sleeping() as one:
        adoption.adopt([gone.pid], one.pid, tmp_path)
        assert list(adoption.tree(one.pid, tmp_path)) == [one.pid]
