"""Processes that have lost whoever kept them, known by a folder of an unguessable name that was theirs alone.

It was told to each in its environment, or it is where they work. Only Linux lets one look; only the standard library is
imported here.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_LONGEST = 5.0


def living(folder: Path | str) -> list[int]:
    """Every process that works in the folder or below, or was told of it when it began; never the one that asks."""
    if sys.platform != "linux":
        return []
    pids = (int(name) for name in os.listdir("/proc") if name.isdecimal())
    return [pid for pid in pids if pid != os.getpid() and _belongs(pid, str(folder))]


def end(folder: Path | str) -> None:
    """Kill all of them, and those that they start meanwhile."""
    if sys.platform != "linux":
        return
    limit = time.monotonic() + _LONGEST
    while (left := living(folder)) and time.monotonic() < limit:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)


def _belongs(pid: int, folder: str) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            if os.fsencode(folder) in file.read():
                return True
        place = os.readlink(f"/proc/{pid}/cwd").removesuffix(" (deleted)")
    except OSError:
        # Gone, a zombie, or another user's.
        return False
    return place == folder or place.startswith(f"{folder}/")
