"""Which cores a process tree runs on, changed while it runs; on Linux only."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress

from bench.system import meter


@contextmanager
def placed(pids: Collection[int], cores: Collection[int] | None) -> Iterator[None]:
    """Have all threads of these processes and of their descendants on some cores for the length of a block.

    Afterwards each is back where it was; what was begun meanwhile goes where the tree's root is. Nothing happens
    without cores, or where processes cannot be placed.
    """
    if not cores or not meter.LINUX:
        yield
        return
    before = {pid: {thread: found for thread in _threads(pid) if (found := _cores(thread))} for pid in pids}
    for threads in before.values():
        _place(threads, cores)
    try:
        yield
    finally:
        for pid, threads in before.items():
            for thread in _threads(pid):
                _place([thread], threads.get(thread) or threads.get(pid) or cores)


def _place(threads: Iterable[int], cores: Collection[int]) -> None:
    if sys.platform == "linux":
        for thread in threads:
            with suppress(OSError):
                os.sched_setaffinity(thread, cores)


def _cores(thread: int) -> set[int] | None:
    if sys.platform == "linux":
        with suppress(OSError):
            return os.sched_getaffinity(thread)
    return None


def _threads(pid: int) -> Iterator[int]:
    for member in meter.tree(pid):
        with suppress(OSError):
            yield from map(int, os.listdir(f"/proc/{member}/task"))
