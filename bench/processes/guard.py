"""Watches over a server while it is up: its log must not fill the disk, nor its memory take the machine down."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.model import Bytes, Seconds
from bench.processes import words
from bench.processes.custody import Ward
from bench.system import meter

_PAUSE: Seconds = 0.25
_RESERVE = 1 / 16
"""The share of the machine's memory below which somebody must end."""


@contextmanager
def guarded(ward: Ward, log: Path) -> Iterator[None]:
    """Have a tree and its log watched for the length of a block; one that holds too much memory is ended."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(ward, log, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(ward: Ward, log: Path, over: threading.Event) -> None:
    reserve, well = reserved(), True
    while not over.wait(_PAUSE):
        words.bound(log)
        if well and (reason := _greed(ward.pid, reserve)):
            ward.condemn(reason)
            well = False


def reserved() -> Bytes:
    """What must be left of the memory for everybody else."""
    return round(psutil.virtual_memory().total * _RESERVE)


def _greed(pid: int, reserve: Bytes) -> str | None:
    """What becomes of a tree that holds more than what is left, and much, where little is: not that of a small one."""
    left = meter.available()
    if left >= reserve:
        return None
    held = meter.memory(pid, itself=False) or 0
    if held <= max(left, reserve / 2):
        return None
    return f"was ended when it held {held / 1e9:.2f} GB and this machine had {max(left, 0) / 1e9:.2f} GB of memory left"
