"""A loop that only computes: how fast this machine is at that, beside what it does with requests."""

import os
import time
from collections.abc import Collection

from bench.model import Seconds
from bench.system.placement import placed

TURNS = 200_000


def computed(cores: Collection[int] | None) -> Seconds:
    """CPU seconds of one turn of the loop, on the cores on which servers are measured."""
    with placed([os.getpid()], cores):
        began = time.thread_time()
        _loop(TURNS)
        return (time.thread_time() - began) / TURNS


def _loop(turns: int) -> int:
    value = 1
    for _ in range(turns):
        value = value * 48271 % 2147483647
    return value
