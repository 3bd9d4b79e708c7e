"""The process that owns a server's whole process tree and outlives nobody: it ends the tree when told, or when its own
standard input closes, which the kernel does for it however the harness dies.

It reads one order (a JSON line), starts the commands in it, and writes events as JSON lines: `started` with its pid and
theirs, `exited` with a command's index and status, `stopped` when nothing is left. A further line,
`{"grace": seconds}`, ends the tree.
There are two of them, a parent that only waits and a child that does the work: when one is killed, the other ends the
tree.
Linux: both are child subreapers, so that orphans of whatever generation become their children and none is overlooked.
macOS: each command leads a process group. Windows: `warden_windows`. Only the standard library is used.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bench.processes import provision

assert sys.platform != "win32"  # noqa: S101

GRACE = 0.6
_POLITE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> int:
    """Carry out one order to its end."""
    for number in _POLITE:
        # Until there is something to end, the pipe alone tells when to go.
        signal.signal(number, lambda *_: None)
    line = sys.stdin.buffer.readline()
    order = json.loads(line or "{}")
    if "commands" not in order:
        # It is over before it began.
        return 0
    _adopt_orphans()
    parent = os.getpid()
    try:
        worker = os.fork()
    except OSError as error:
        _tell(failed=f"a server's warden cannot be started: {error.strerror}")
        return 1
    if worker == 0:
        try:
            _work(order, parent)
        except Exception:
            traceback.print_exc()
        finally:
            # Not by way of the interpreter's end: nothing of the parent's is to be done twice.
            os._exit(0)
    _wait(worker)
    if order["clear"]:
        # The harness does this too, unless it was killed.
        shutil.rmtree(order["folder"], ignore_errors=True)
    return 0


def _work(order: Mapping[str, Any], parent: int) -> None:
    """Carry the order out, in the child."""
    # A wake-up descriptor turns child deaths and polite requests to end into something select can wait for.
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *_POLITE):
        signal.signal(number, lambda *_: None)
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return
    _adopt_orphans()
    children = _start(order)
    grace = max(_watch(children, awake), order["least"])
    _tell(stopped=_end(children, signal.Signals[f"SIG{order['stop']}"], grace))


def _wait(worker: int) -> None:
    """See the child's end; whatever it leaves behind, because it was killed, ends here."""
    for number in _POLITE:
        signal.signal(number, lambda number, _: _signal(worker, signal.Signals(number)))
    os.waitpid(worker, 0)
    while _reap([]):
        _kill_all([])
        time.sleep(0.002)


def _tell(**event: object) -> None:
    # The harness may be gone already; the tree must be ended all the same.
    with suppress(OSError):
        os.write(1, json.dumps(event).encode() + b"\n")


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _start(order: Mapping[str, Any]) -> list[subprocess.Popen[bytes]]:
    """Start each command in a session of its own, pinned where the order names cores, its words going into the log."""
    if order["cores"] and sys.platform == "linux":
        os.sched_setaffinity(0, order["cores"])
    provision.raise_file_limit()
    provision.go_first()
    children: list[subprocess.Popen[bytes]] = []
    with provision.log(order["log"]) as log:
        for argv in order["commands"]:
            try:
                child = subprocess.Popen(
                    argv,
                    cwd=order["folder"],
                    env=order["environment"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_die_with_parent if sys.platform == "linux" else None,
                )
            except OSError as error:
                _tell(failed=f"{argv[0]} cannot be started: {error.strerror}")
                break
            children.append(child)
    _tell(started=[child.pid for child in children], warden=os.getpid())
    return children


def _die_with_parent() -> None:
    # The warden is single-threaded, so code between fork and exec is safe.
    signal.set_wakeup_fd(-1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _watch(children: list[subprocess.Popen[bytes]], awake: int) -> float:
    """Tell of commands that end by themselves, until told to end the rest; the time they are given to end in order."""
    told: set[int] = set()
    while True:
        ready, _, _ = select.select([0, awake], [], [])
        if awake in ready and _polite_request(os.read(awake, 4096)):
            return GRACE
        if 0 in ready:
            return _grace(os.read(0, 4096))
        _reap(children)
        for index, child in enumerate(children):
            if child.returncode is not None and index not in told:
                told.add(index)
                _tell(exited=index, status=child.returncode)


def _polite_request(signals: bytes) -> bool:
    return any(number != signal.SIGCHLD for number in signals)


def _grace(line: bytes) -> float:
    try:
        return float(json.loads(line)["grace"])
    except (ValueError, KeyError, TypeError):
        return GRACE


def _end(children: list[subprocess.Popen[bytes]], how: signal.Signals, grace: float) -> dict[str, float | int]:
    """Ask the commands to end, the front first, then kill what is left: how long it took, how many were killed."""
    began = time.monotonic()
    killed: set[int] = set()
    for child in reversed(children):
        _signal(child.pid, how)
    while _reap(children) and time.monotonic() - began < grace:
        if all(child.returncode is not None for child in children):
            break
        time.sleep(0.005)
    took = time.monotonic() - began
    # Killing a parent can leave children that were forked meanwhile: until there is nobody, look again.
    while _reap(children):
        killed |= _kill_all(children)
        time.sleep(0.002)
    return {"seconds": took, "killed": len(killed), "left": len(_descendants()) if sys.platform == "linux" else 0}


def _reap(children: list[subprocess.Popen[bytes]]) -> bool:
    """Take note of everything that has ended; whether anything of the tree still lives."""
    for child in children:
        child.poll()
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return sys.platform != "linux" and any(_group_lives(child.pid) for child in children)
        if pid == 0:
            return True
        for child in children:
            if child.pid == pid:
                child.returncode = os.waitstatus_to_exitcode(status)


def _kill_all(children: list[subprocess.Popen[bytes]]) -> set[int]:
    """Kill every descendant that can be seen now; which they were."""
    pids = _descendants() if sys.platform == "linux" else [-child.pid for child in children if _group_lives(child.pid)]
    for pid in pids:
        _signal(pid, signal.SIGKILL)
    return set(pids)


def _descendants() -> list[int]:
    """All processes below this one, zombies left out, by one look at the process table."""
    table: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{int(name)}/stat", "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if state != b"Z":
            table.setdefault(int(parent), []).append(int(name))
    found = list(table.get(os.getpid(), ()))
    for pid in found:
        found += table.get(pid, ())
    return found


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
