"""A limit on silence: what is not heard of for too long is given up, without a clock being looked at in between."""

from collections.abc import Callable
from threading import Timer
from typing import Self

from bench.model import Seconds


class Alarm:
    """Does something once when it was not renewed for so many seconds; only within its context."""

    def __init__(self, seconds: Seconds, ring: Callable[[], None]) -> None:
        self.seconds = seconds
        self.rung = False
        self._ring = ring

    def __enter__(self) -> Self:
        self._set()
        return self

    def __exit__(self, *problem: object) -> None:
        self._timer.cancel()

    def renew(self) -> None:
        """There was a sign of life."""
        self._timer.cancel()
        if not self.rung:
            self._set()

    def _set(self) -> None:
        self._timer = Timer(self.seconds, self._over)
        self._timer.daemon = True
        self._timer.start()

    def _over(self) -> None:
        self.rung = True
        self._ring()
