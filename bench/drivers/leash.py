"""A keeper for programs that know nothing of us: runs one command, and sees to it that nothing of it is left.

Started as a file, with only the standard library, so that it is there at once: `python leash.py CORES HOME PROGRAM …`,
where CORES is `0,1` or `-`. It ends the command when its own standard input closes, which the kernel does however the
harness dies, SIGKILL included; then, or once the command has ended by itself, it ends whatever that has left behind,
removes HOME, and says as its last line on stderr how the command ended and what it has used.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from glob import glob

LONGEST = 64 << 20
"""Bytes that a command may write into any file, its words included."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LINUX = sys.platform == "linux"


def main(cores: str, home: str, *argv: str) -> int:
    """Run a command to its end, or to that of the standard input."""
    if cores != "-" and sys.platform == "linux":
        os.sched_setaffinity(0, map(int, cores.split(",")))
    _limit(LONGEST)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        command = subprocess.Popen(argv, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent if _LINUX else None)
    except OSError as problem:
        sys.exit(f"error: it cannot be started: {problem.strerror}")
    threading.Thread(target=_watch, args=(command,), daemon=True).start()
    status = command.wait()
    while _kill_children():
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)
    _limit(None)
    shutil.rmtree(home, ignore_errors=True)
    print("", json.dumps({"status": status, **_used()}), sep="\n", file=sys.stderr)
    return 0


def _limit(longest: int | None) -> None:
    """Let files grow so far and no further."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if longest is None else longest, hard))


def _prctl(option: int, value: int) -> None:
    if _LINUX:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _watch(command: "subprocess.Popen[bytes]") -> None:
    with suppress(OSError):
        while os.read(0, 1):
            pass
    command.kill()


def _kill_children() -> bool:
    """Kill all children; whether there were any. Orphans of whatever generation become ours, but on Linux only."""
    if sys.platform != "linux":
        return False
    pids: list[int] = []
    for path in glob("/proc/self/task/*/children"):
        with suppress(OSError), open(path) as file:
            pids += map(int, file.read().split())
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(pids)


def _used() -> dict[str, float | None]:
    if sys.platform == "win32":
        return {"cpu": None, "memory": None}
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * unit}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
