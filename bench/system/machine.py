"""What this computer is and what is installed on it, as probed: what a probe cannot tell is None."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from bench.model import Machine
from bench.system import confines, meter

_CPU = Path("/sys/devices/system/cpu")
_CPU_INFO = Path("/proc/cpuinfo")
_ANY_BACKLOG = 65535
_VERSION = re.compile(r"\d+(?:\.\d+)+\S*")


def probe() -> Machine:
    """Describe the machine as it is now."""
    server_cores, driver_cores = divided(usable_cores()) if meter.LINUX else (None, None)
    quota = confines.quota()
    return Machine(
        system=platform.system(),
        release=platform.release(),
        architecture=platform.machine(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        processor=_processor(),
        cores=len(usable_cores()),
        server_cores=server_cores,
        driver_cores=driver_cores,
        memory=psutil.virtual_memory().total,
        cpu_quota=quota,
        memory_limit=_memory_limit(),
        governor=_text(_CPU / "cpu0/cpufreq/scaling_governor"),
        turbo=_turbo(),
        load_average=_load_average(),
        memory_kind=meter.MEMORY_KIND,
        # What keeps cores awake would use up a quota.
        kept_awake=server_cores is not None and quota is None and _virtual(),
    )


def usable_cores() -> tuple[int, ...]:
    """The cores this process may run on."""
    cores: Iterable[int] = range(os.cpu_count() or 1)
    if sys.platform == "linux":
        cores = os.sched_getaffinity(0)
    return tuple(sorted(cores))


def divided(cores: tuple[int, ...]) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """Cores for servers and for the driver: the last one drives, its hyper-threading twins idle if enough is left."""
    if len(cores) < 2:
        return None, None
    driver = cores[-1]
    apart = tuple(core for core in cores if core not in _twins(driver))
    return apart or cores[:-1], (driver,)


def longest_backlog() -> int:
    """Connections that the kernel lets wait to be accepted; uWSGI refuses to start when asked for more."""
    return int(_text(Path("/proc/sys/net/core/somaxconn")) or _ANY_BACKLOG)


def versions(distributions: Iterable[str], programs: Mapping[str, Path]) -> dict[str, str]:
    """Versions of the distributions that are installed, and of programs as they give it themselves."""
    found = {name: text for name in sorted(set(distributions)) if (text := _distribution(name))}
    return found | {name: text for name, path in sorted(programs.items()) if (text := _program(path))}


def commit(folder: Path) -> str | None:
    """The commit that is checked out in a folder, with `+` behind it when files differ from it; None outside of git."""
    head = _said(["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"])
    if not head:
        return None
    return head.strip() + ("+" if _said(["git", "-C", str(folder), "status", "--porcelain", "-uno"]) else "")


def _twins(core: int) -> set[int]:
    text = _text(_CPU / f"cpu{core}/topology/thread_siblings_list") or str(core)
    twins: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        twins.update(range(int(low), int(high or low) + 1))
    return twins


def _distribution(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _program(path: Path) -> str | None:
    """The first thing that looks like a version in what a program says to `-v` or `--version`."""
    for flag in ("-v", "--version"):
        match = _VERSION.search(_said([str(path), flag]) or "")
        if match:
            return match.group()
    return None


def _said(argv: list[str]) -> str | None:
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except OSError:
        return None


def _processor() -> str | None:
    for line in (_text(_CPU_INFO) or "").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        return (_said(["sysctl", "-n", "machdep.cpu.brand_string"]) or "").strip() or None
    return platform.processor() or None


def _turbo() -> bool | None:
    barred = _text(_CPU / "intel_pstate/no_turbo")
    if barred is not None:
        return barred == "0"
    boost = _text(_CPU / "cpufreq/boost")
    return boost == "1" if boost is not None else None


def _virtual() -> bool:
    """Whether a hypervisor is beneath: x86 processors say so, and elsewhere time that was stolen does."""
    return bool(re.search(r"^flags\b.*\bhypervisor\b", _text(_CPU_INFO) or "", re.MULTILINE) or meter.usage().steal)


def _load_average() -> float | None:
    if sys.platform != "win32":
        with suppress(OSError):
            return os.getloadavg()[0]
    return None


def _memory_limit() -> int | None:
    limit = confines.memory_limit()
    return limit if limit and limit < psutil.virtual_memory().total else None
