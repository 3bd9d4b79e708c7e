"""What a process tree and the machine have used so far: CPU clocks and memory, read where it costs least."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import psutil

from bench.processes import adoption
from bench.system import confines

LINUX = sys.platform == "linux"
MEMORY_KIND: Literal["pss", "rss", "private"] = "pss" if LINUX else "private" if os.name == "nt" else "rss"

_GONE = (OSError, psutil.Error)


@dataclass(frozen=True)
class Usage:
    """Seconds of CPU time that all cores together have spent: working, and withheld by the hypervisor."""

    busy: float
    steal: float | None


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants as they are now, parents first; nothing when it is gone."""
    if not LINUX:
        yield from adoption.tree(pid)
        return
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        try:
            waiting += _children(parent)
        except OSError:
            continue
        yield parent


def cpu_time(pid: int) -> float | None:
    """CPU seconds used so far by a process and all its descendants, those it has waited for included; None if gone."""
    spent = [seconds for member in tree(pid) if (seconds := _own_cpu_time(member)) is not None]
    return sum(spent) if spent else None


def memory(pid: int, *, itself: bool = True) -> int | None:
    """Bytes held now by a process (unless not counted itself) and all its descendants.

    None if it is gone, or if the memory of any of them cannot be told: a part is not the whole.
    """
    members = (member for member in tree(pid) if itself or member != pid)
    try:
        held = [size for member in members if (size := _own_memory(member)) is not None]
    except PermissionError:
        return None
    return sum(held) if held else None


def available() -> int:
    """Bytes of memory that can still be had without swapping, as the machine and its control groups see it."""
    free, left = psutil.virtual_memory().available, confines.memory_left()
    return free if left is None else min(free, left)


def usage() -> Usage:
    """The machine's CPU clock; a difference of two tells what everybody together used in between."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    steal: float | None = getattr(times, "steal", None)
    # Guest time is contained in user and nice already.
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return Usage(sum(times) - idle - guests - (steal or 0.0), steal)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
        except FileNotFoundError:
            continue
    return found


def _own_cpu_time(pid: int) -> float | None:
    try:
        return sum(clocks(pid))
    except OSError:
        return None


if sys.platform == "linux":
    _TICK = 1 / os.sysconf("SC_CLK_TCK")

    def clocks(pid: int) -> tuple[float, float]:
        """CPU seconds of one process with all its threads, ended ones too, and of the children it has waited for.

        The first is exact to the nanosecond, the second to the tick. Raises OSError when it is gone.
        """
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
        try:
            stat = os.read(descriptor, 4096)
        finally:
            os.close(descriptor)
        waited_for = sum(map(int, stat[stat.rindex(b")") :].split()[14:16])) * _TICK
        # The kernel's clock id of another process's CPU clock: see clock_getcpuclockid(3).
        return time.clock_gettime_ns((~pid << 3) | 2) / 1e9, waited_for

else:

    def clocks(pid: int) -> tuple[float, float]:
        """CPU seconds of one process with all its threads, ended ones too, and of the children it has waited for.

        On Windows both are exact to 1/64 s, and the second is always 0. Raises OSError when it is gone.
        """
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error as error:
            raise ProcessLookupError(pid) from error
        return times.user + times.system, times.children_user + times.children_system


def _own_memory(pid: int) -> int | None:
    """None when it is gone; PermissionError where it is there and does not tell."""
    try:
        if not LINUX:
            information = psutil.Process(pid).memory_info()
            return int(getattr(information, "private", information.rss))
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:")), None)
    except (PermissionError, psutil.AccessDenied):
        raise PermissionError(pid) from None
    except FileNotFoundError:
        # Kernels before 4.14, and some sandboxes, have no such file.
        if LINUX and os.path.exists(f"/proc/{pid}/stat"):
            raise PermissionError(pid) from None
        return None
    except _GONE:
        return None
