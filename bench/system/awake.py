"""Keeps idle cores of a virtual machine from going back to the hypervisor, which may return them milliseconds later.

A virtual core that has nothing to do halts, and its real core goes to whoever waits for one. When an answer comes in,
the virtual core has to wait in turn, so that a server that waits for its driver, or the reverse, is measured with the
machine's neighbours. A process that everybody else comes before keeps the core busy instead. (The kernel can do this
itself, where root tells it to: Documentation/virt/guest-halt-polling.rst in Linux.)
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.model import Machine

_PROGRAM = Path(__file__).with_name("wakeful.py")


@contextmanager
def awake(here: Machine) -> Iterator[None]:
    """Keep awake, for the length of a block, all cores of servers and driver of a machine that needs it."""
    cores = {*(here.server_cores or ()), *(here.driver_cores or ())} if here.kept_awake else set()
    with ExitStack() as stack:
        for core in sorted(cores):
            stack.callback(_end, _begin(core))
        yield


def _begin(core: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_PROGRAM), str(os.getpid()), str(core)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(spinning: subprocess.Popen[bytes]) -> None:
    spinning.kill()
    spinning.wait()
