"""What else the machine did while load was measured: what others took of it, and what it took from everybody."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import psutil

from bench.model import Bytes, Seconds, Window
from bench.system import confines, meter

_PRESSURE = Path("/proc/pressure/memory")


@dataclass(frozen=True)
class Surroundings:
    """Clocks of the whole machine at one moment; those that cannot be read here are None."""

    busy: Seconds
    steal: Seconds | None
    ours: Seconds | None
    """CPU time of the harness with all servers and drivers that it has started."""
    frequency: float | None
    swapped: Bytes | None
    stalled: Seconds | None
    throttled: Seconds | None

    @classmethod
    def read(cls) -> Self:
        usage = meter.usage()
        return cls(
            usage.busy,
            usage.steal,
            meter.cpu_time(os.getpid()),
            _frequency(),
            _swapped(),
            _stalled(),
            confines.throttled(),
        )

    def beside(self, windows: Sequence[Window]) -> list[Window]:
        """Windows with what has happened beside them since; several share it by their durations."""
        now, total = self.read(), sum(window.duration for window in windows)
        ours, steal = _step(self.ours, now.ours), _step(self.steal, now.steal)
        foreign = None if ours is None else max(0.0, now.busy - self.busy - ours)
        stalled, swapped = _step(self.stalled, now.stalled), _step(self.swapped, now.swapped)
        throttled = _step(self.throttled, now.throttled)
        return [
            replace(
                window,
                foreign_cpu=_part(foreign, share := window.duration / total if total else 0.0),
                steal=_part(steal, share),
                stalled=_part(stalled, share),
                throttled=_part(throttled, share),
                swapped=None if swapped is None else round(swapped * share),
                frequency=now.frequency,
            )
            for window in windows
        ]


def _part(whole: float | None, share: float) -> float | None:
    return None if whole is None else whole * share


def _step(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _frequency() -> float | None:
    """The cores' mean in Hz, as the kernel last knew it."""
    try:
        known = [core.current for core in psutil.cpu_freq(percpu=True) or () if core.current]
    except (OSError, NotImplementedError, AttributeError):
        return None
    return 1e6 * sum(known) / len(known) if known else None


def _swapped() -> Bytes | None:
    try:
        swap = psutil.swap_memory()
    except (OSError, RuntimeError):
        return None
    return swap.sin + swap.sout


def _stalled() -> Seconds | None:
    """How long some process could not go on for want of memory: Linux' pressure stall information."""
    try:
        match = re.search(r"some .*total=(\d+)", _PRESSURE.read_text())
    except OSError:
        return None
    return int(match[1]) / 1e6 if match else None
