"""Waiting for what is to come or to go: one looks again and again, and never merely lets time pass."""

import time
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

LONGEST = 110.0
Found = TypeVar("Found")
Left = TypeVar("Left", bound=Collection[object])


def eventually(look: Callable[[], Found | None], within: float = LONGEST) -> Found:
    """What is there at last."""
    for found in _looks(look, within):
        if found:
            return found
    raise AssertionError(f"it did not come to pass within {within:g} s")


def remaining(look: Callable[[], Left], within: float) -> Left:
    """What is still there after that time; nothing, as soon as nothing is."""
    for left in _looks(look, within):
        if not left:
            break
    return left


def _looks(look: Callable[[], Found], within: float) -> Iterator[Found]:
    """What is seen from now on; the last look is at the end of that time."""
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        yield look()
        time.sleep(0.01)
    yield look()
