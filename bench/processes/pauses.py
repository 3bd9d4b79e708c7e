"""Whether this process was stopped for a while (Ctrl-Z, SIGSTOP): what it timed meanwhile is not what it looks like."""

import signal
from types import FrameType

SENTENCE = "the harness was stopped for a while (Ctrl-Z, SIGSTOP) when this was measured."

_resumed = 0


def notice() -> None:
    """Count from now on how often the process goes on after it was stopped; the kernel tells by SIGCONT."""
    if hasattr(signal, "SIGCONT"):
        signal.signal(signal.SIGCONT, _count)


def count() -> int:
    """How often it has gone on so far."""
    return _resumed


def _count(number: int, frame: FrameType | None) -> None:
    global _resumed
    _resumed += 1
