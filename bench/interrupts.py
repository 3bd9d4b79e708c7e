"""Polite requests to end, whichever signal they come by: the first ends the command, and is not disturbed meanwhile."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_MOMENT = 5.0
"""Seconds in which a further one says nothing new: ending takes less, and must not be cut short."""

_last = float("-inf")
_deferring = False
_asked = False


def heed() -> None:
    """Have each raise KeyboardInterrupt from now on, those left out that whoever started us wants ignored (nohup)."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def deferred() -> Iterator[None]:
    """Have a request that comes within a block obeyed at its end."""
    global _deferring, _asked
    _deferring = True
    try:
        yield
    finally:
        _deferring, asked, _asked = False, _asked, False
    if asked:
        raise KeyboardInterrupt


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _last, _asked
    now = time.monotonic()
    if now - _last <= _MOMENT:
        return
    _last = now
    if _deferring:
        _asked = True
    else:
        raise KeyboardInterrupt
