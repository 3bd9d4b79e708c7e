"""What a window costs, in the CPU clocks of the server, of what stands before it, and of the driver's own thread."""

import time
from dataclasses import dataclass
from typing import Self

from bench.model import Seconds, Target
from bench.system import meter


@dataclass(frozen=True)
class Clocks:
    """Some clocks at one moment; those that cannot be read here are None."""

    now: Seconds
    server: Seconds | None
    front: Seconds | None
    driver: Seconds
    wait: Seconds | None
    """How long this thread could have run but had no core to run on."""

    @classmethod
    def read(cls, target: Target) -> Self:
        """Read them all, one after the other."""
        return cls(time.perf_counter(), _cpu_time(target.pid), _cpu_time(target.front), time.thread_time(), waited())


def _cpu_time(pid: int | None) -> Seconds | None:
    return None if pid is None else meter.cpu_time(pid)


def waited() -> Seconds | None:
    """How long this thread could have run so far but had no core to run on; None where the kernel does not say."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def spent(before: Seconds | None, after: Seconds | None) -> Seconds | None:
    return None if before is None or after is None else after - before
