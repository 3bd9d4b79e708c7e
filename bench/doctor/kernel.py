"""Single settings and counts of the kernel; None where it has no such."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

_CPU = Path("/sys/devices/system/cpu")
_HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
_REUSE = Path("/proc/sys/net/ipv4/tcp_tw_reuse")
_SOCKETS = Path("/proc/net/sockstat")


def siblings(cores: Sequence[int]) -> list[int] | None:
    """Those of the cores that are threads of a core with another."""
    texts = [_text(_CPU / f"cpu{core}/topology/thread_siblings_list") for core in cores]
    known = [(core, text) for core, text in zip(cores, texts, strict=True) if text]
    return [core for core, text in known if text != str(core)] if known else None


def open_files() -> int | None:
    """How many files a process may open when it asks for as many as it can get."""
    most: int | None = None
    if sys.platform != "win32":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = 2**20 if hard == resource.RLIM_INFINITY else hard
    return most


def ports() -> int | None:
    """How many connections to one address can be open at once, or wait after their end."""
    text = _text(_PORTS)
    if text is None:
        return None
    low, high = map(int, text.split())
    return high - low + 1


def time_wait() -> int | None:
    """Connections that have ended and whose ports are not free yet."""
    match = re.search(r"^TCP:.* tw (\d+)", _text(_SOCKETS) or "", re.MULTILINE)
    return int(match[1]) if match else None


def reuses_ports() -> bool:
    """Whether connections within this machine may start from ports that wait: 1 is everywhere, 2 on loopback."""
    return _text(_REUSE) in ("1", "2")


def huge_pages() -> str | None:
    """`always`, `madvise` or `never`."""
    match = re.search(r"\[(\w+)\]", _text(_HUGE_PAGES) or "")
    return match[1] if match else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except OSError:
        return None
