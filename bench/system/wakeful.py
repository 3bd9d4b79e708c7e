"""The program that keeps a core busy when nobody else wants it: wakeful.py PARENT CORE, until the parent is gone.

Only the standard library is used.
"""

import os
import sys
import time

SPINNING = b"spinning"
"""What it says once it keeps its core busy; who cannot do that ends without a word."""
GROUPED = "/proc/sys/kernel/sched_autogroup_enabled"
GROUP = "/proc/self/autogroup"
_LAST = b"19"
_TRIES, _PAUSE = 600, 0.1
"""Who is not root may tell a group its place ten times a second, all users together."""
_GLANCES = 10_000


def main(parent: int, core: int) -> None:
    """Spin, at nobody's cost; on Linux, which alone has a class of processes for that."""
    if sys.platform != "linux":
        return
    stand_back()
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.write(sys.stdout.fileno(), SPINNING)
    while os.getppid() == parent:
        for _ in range(_GLANCES):
            pass


def stand_back() -> None:
    """Have all other sessions come before this one; raises OSError where that cannot be had.

    Where the kernel groups processes by session, each session gets its share, whatever class its processes are in:
    without this, half of a core.
    """
    try:
        with open(GROUPED, "rb") as grouped:
            if grouped.read().strip() == b"0":
                return
    except FileNotFoundError:
        return
    for _ in range(_TRIES):
        # A write that is refused for now gives None.
        with open(GROUP, "wb", buffering=0) as group:
            if group.write(_LAST):
                return
        time.sleep(_PAUSE)
    raise BlockingIOError(f"{GROUP} cannot be told")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
