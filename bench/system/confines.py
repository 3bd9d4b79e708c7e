"""What control groups, of either version, allow this process, and what became of it: of the group and all above it."""

import re
from collections.abc import Iterator
from pathlib import Path

from bench.model import Bytes, Seconds

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_EVENTS = Path("/proc/vmstat")
_NO_LIMIT = 2**60
"""Version 1 says a number near 2⁶³ where there is none."""


def quota() -> float | None:
    """Cores' worth of CPU time, by the tightest group; None without a limit."""
    return min((cores for folder in _groups("cpu") if (cores := _quota(folder)) is not None), default=None)


def memory_limit() -> Bytes | None:
    """The tightest group's; None without a limit."""
    return min((limit for limit, _ in _memory()), default=None)


def memory_left() -> Bytes | None:
    """What can still be had below every limit, files that are kept in memory for later included; None without one."""
    return min((max(0, limit - used) for limit, used in _memory() if used is not None), default=None)


def throttled() -> Seconds | None:
    """Core seconds in which processes of the groups were stopped since they had used up their quota; None without."""
    if quota() is None:
        return None
    known = [seconds for folder in _groups("cpu") if (seconds := _throttled(folder)) is not None]
    return sum(known) if known else None


def killed() -> int | None:
    """How many processes the kernel has killed so far for want of memory, in a group or on the whole machine."""
    return _figure(_EVENTS, "oom_kill")


def _groups(controller: str) -> Iterator[Path]:
    """The folders of our group and of those that it is in, as far as they can be seen; the innermost first."""
    for line in (_text(_OWN) or "").splitlines():
        controllers, _, path = line.partition(":")[2].partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        base = _ROOT / controller if controllers else _unified()
        # Where a container has its own group mounted as the root, the path is one outside of it.
        within = base / path.lstrip("/")
        within = within if within.is_dir() and ".." not in within.parts else base
        yield from (folder for folder in (within, *within.parents) if folder.is_relative_to(base))


def _unified() -> Path:
    """Where version 2 is, which may be mounted beside version 1."""
    return _ROOT / "unified" if (_ROOT / "unified").is_dir() else _ROOT


def _quota(folder: Path) -> float | None:
    new = (_text(folder / "cpu.max") or "max").split()
    if len(new) == 2 and new[0] != "max":
        return int(new[0]) / int(new[1])
    quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return quota / period if quota and period and quota > 0 else None


def _memory() -> Iterator[tuple[Bytes, Bytes | None]]:
    """Each limit, and what is used of it, without the files that the kernel lets go of when it must."""
    for folder in _groups("memory"):
        limit = _number(folder / "memory.max") or _number(folder / "memory.limit_in_bytes")
        if limit is None or limit > _NO_LIMIT:
            continue
        used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes")
        stat = folder / "memory.stat"
        kept = _figure(stat, "total_inactive_file") or _figure(stat, "inactive_file") or 0
        yield limit, None if used is None else used - kept


def _throttled(folder: Path) -> Seconds | None:
    new, old = _figure(folder / "cpu.stat", "throttled_usec"), _figure(folder / "cpu.stat", "throttled_time")
    return new / 1e6 if new is not None else old / 1e9 if old is not None else None


def _figure(path: Path, name: str) -> int | None:
    """The number behind a name in a file of such lines."""
    match = re.search(rf"^{name} (\d+)$", _text(path) or "", re.MULTILINE)
    return int(match[1]) if match else None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text and text.lstrip("-").isdecimal() else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except OSError:
        return None
