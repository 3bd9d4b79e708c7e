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
from dataclasses import replace
from pathlib import Path

from bench.model import Machine
from bench.system.wakeful import SPINNING

_PROGRAM = Path(__file__).with_name("wakeful.py")


@contextmanager
def awake(here: Machine) -> Iterator[Machine]:
    """Keep awake, for the length of a block, all cores of servers and driver of a machine that needs it.

    Gives the machine as it is then: not kept awake where the kernel lets no process stand back so far.
    """
    cores = {*(here.server_cores or ()), *(here.driver_cores or ())} if here.kept_awake else set()
    with ExitStack() as stack:
        spinning = [_begin(core, stack) for core in sorted(cores)]
        if all(_spins(one) for one in spinning):
            yield here
            return
    yield replace(here, kept_awake=False)


def _begin(core: int, stack: ExitStack) -> "subprocess.Popen[bytes]":
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-I", "-S", str(_PROGRAM), str(os.getpid()), str(core)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    )
    stack.callback(process.kill)
    return process


def _spins(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it came so far: it says so, or it ends."""
    assert process.stdout  # noqa: S101
    return process.stdout.read(len(SPINNING)) == SPINNING
