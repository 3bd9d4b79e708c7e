"""What a warden gives to all that it starts: files, a log, a place in a queue. Only the standard library is needed."""

import os
import sys
from contextlib import suppress
from typing import BinaryIO

assert sys.platform != "win32"  # noqa: S101

_FILES = 65536
_FIRST = b"500"


def raise_file_limit() -> None:
    """Every server may open as many as the hard limit allows; a soft limit of 1,024 would decide rankings."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def go_first() -> None:
    """Where memory runs out, a server is to be killed, not who measures it."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "wb") as score:
        score.write(_FIRST)


def log(place: str) -> BinaryIO:
    """What servers say is lost where there is no room for it, or no folder any more: their run is not."""
    try:
        return open(place, "ab")
    except OSError:
        return open(os.devnull, "ab")
