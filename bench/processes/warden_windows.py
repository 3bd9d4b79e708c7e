"""The warden's Windows half: a Job object whose members the kernel ends when the warden does."""

import ctypes
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

assert sys.platform == "win32"  # noqa: S101

GRACE = 1.0
_LONGEST_KILL = 5.0
_BASIC_PROCESS_ID_LIST, _EXTENDED_LIMIT_INFORMATION = 3, 9
_KILL_ON_JOB_CLOSE = 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class _ProcessIds(ctypes.Structure):
    _fields_ = (
        ("NumberOfAssignedProcesses", ctypes.c_uint32),
        ("NumberOfProcessIdsInList", ctypes.c_uint32),
        ("ProcessIdList", ctypes.c_size_t * 1024),
    )


class Job:
    """A Job object with this process in it: what it starts is in it too, and ends when its last handle closes."""

    def __init__(self) -> None:
        self._kernel = kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.SetInformationJobObject.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
        kernel.QueryInformationJobObject.argtypes = (*kernel.SetInformationJobObject.argtypes, ctypes.c_void_p)
        kernel.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        self._handle = kernel.CreateJobObjectW(None, None)
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        size = ctypes.sizeof(limits)
        if not (
            self._handle
            and kernel.SetInformationJobObject(self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size)
            and kernel.AssignProcessToJobObject(self._handle, kernel.GetCurrentProcess())
        ):
            raise ctypes.WinError(ctypes.get_last_error())

    def members(self) -> set[int]:
        """The processes in it but this one; of more than 1,024 only so many."""
        ids = _ProcessIds()
        self._kernel.QueryInformationJobObject(
            self._handle, _BASIC_PROCESS_ID_LIST, ctypes.byref(ids), ctypes.sizeof(ids), None
        )
        return set(ids.ProcessIdList[: ids.NumberOfProcessIdsInList]) - {os.getpid()}


def main() -> int:
    """Carry out one order to its end; the Job ends what is left when this process does."""
    job = Job()
    line = sys.stdin.buffer.readline()
    order = json.loads(line or "{}")
    if "commands" not in order:
        # It is over before it began.
        return 0
    children = _start(order)
    grace = max(_watch(children, _lines()), order["least"])
    _tell(stopped=_end(children, job, grace))
    if order["clear"]:
        shutil.rmtree(order["folder"], ignore_errors=True)
    return 0


def _tell(**event: object) -> None:
    try:
        sys.stdout.buffer.write(json.dumps(event).encode() + b"\n")
        sys.stdout.buffer.flush()
    except OSError:
        # The harness is gone; the tree must be ended all the same.
        return


def _start(order: dict[str, Any]) -> list[subprocess.Popen[bytes]]:
    children: list[subprocess.Popen[bytes]] = []
    with open(order["log"], "ab") as log:
        for argv in order["commands"]:
            try:
                child = subprocess.Popen(
                    argv,
                    cwd=order["folder"],
                    env=order["environment"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
                )
            except OSError as error:
                _tell(failed=f"{argv[0]} cannot be started: {error.strerror}")
                break
            children.append(child)
    _tell(started=[child.pid for child in children], warden=os.getpid())
    return children


def _lines() -> "queue.SimpleQueue[bytes]":
    """What comes in on standard input, an empty line when it closes; a thread, as pipes cannot be waited for here."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=lambda: lines.put(sys.stdin.buffer.readline()), daemon=True).start()
    return lines


def _watch(children: list[subprocess.Popen[bytes]], lines: "queue.SimpleQueue[bytes]") -> float:
    told: set[int] = set()
    while True:
        try:
            line = lines.get(timeout=0.1)
            return float(json.loads(line)["grace"]) if line.strip() else GRACE
        except queue.Empty:
            pass
        for index, child in enumerate(children):
            if child.poll() is not None and index not in told:
                told.add(index)
                _tell(exited=index, status=child.returncode)


def _end(children: list[subprocess.Popen[bytes]], job: Job, grace: float) -> dict[str, float | int]:
    """Ask by CTRL_BREAK, the front first, then kill what is left: how long it took, how many were killed, and left."""
    began = time.perf_counter()
    for child in reversed(children):
        if child.poll() is None:
            # Without a console that is shared, Windows refuses, and CPython says so by a SystemError.
            with suppress(OSError, SystemError):
                child.send_signal(signal.CTRL_BREAK_EVENT)
    while time.perf_counter() - began < grace and any(child.poll() is None for child in children):
        time.sleep(0.01)
    took = time.perf_counter() - began
    killed: set[int] = set()
    # A process that is killed needs a moment to be gone, and may just have started another.
    while (left := job.members()) and time.perf_counter() - began < took + _LONGEST_KILL:
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGTERM)
        killed |= left
        time.sleep(0.01)
    return {"seconds": took, "killed": len(killed), "left": len(left)}


if __name__ == "__main__":
    sys.exit(main())
