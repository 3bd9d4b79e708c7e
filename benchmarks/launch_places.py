"""What does it do to a launch that it was the first or the last of four, and is it the memory that it gets?

    python benchmarks/launch_places.py [SECONDS [MEGABYTES]]

Rounds of a gate on identical code (Flask under Gunicorn), by turns as they are, and with so much memory of other
processes in use, one on each core: these take what was used before and lies in pieces, so that none of the four
launches gets it. Told is how much more a response costs than that of all four in the mean, by place, with standard
errors; and how a heat's log-ratio scatters as it is, and less what its places do.
"""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import slowed_apps

from bench import gate
from bench.gate import Pace
from bench.pairing import levels
from bench.system import turn

HOLDING = """
import mmap, os, sys
core, size = map(int, sys.argv[1:])
os.sched_setaffinity(0, {core})
held = mmap.mmap(-1, size)
held.madvise(mmap.MADV_NOHUGEPAGE)
held[:: mmap.PAGESIZE] = bytes(-(-size // mmap.PAGESIZE))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def in_use(size: int) -> Iterator[None]:
    """So many bytes on each core in use for the length of a block."""
    with ExitStack() as stack:
        for core in sorted(os.sched_getaffinity(0)) if size else ():
            command = [sys.executable, "-c", HOLDING, str(core), str(size)]
            process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            assert process.stdout  # noqa: S101
            process.stdout.readline()
        yield


def told(size: int, heats: Sequence[Sequence[float]]) -> str:
    places = [statistics.fmean(place) for place in zip(*heats, strict=True)]
    errors = [statistics.stdev(place) / math.sqrt(len(heats)) for place in zip(*heats, strict=True)]
    without = [[level - usual for level, usual in zip(heat, places, strict=True)] for heat in heats]
    # The places were told from the same heats.
    fair = math.sqrt(len(heats) / (len(heats) - 1))
    cells = [f"{place:+.2%} ± {error:.2%}" for place, error in zip(places, errors, strict=True)]
    figures = [f"{size >> 20} MB", str(len(heats)), *cells, f"{scatter(heats):.2%}", f"{fair * scatter(without):.2%}"]
    return f"| {' | '.join(figures)} |"


def scatter(heats: Sequence[Sequence[float]]) -> float:
    """The standard deviation of two launches' mean less that of the two others."""
    return math.sqrt(statistics.fmean(sum(level**2 for level in heat) / (len(heat) - 1) for heat in heats))


def main(seconds: str = "240", megabytes: str = "150") -> None:
    found: dict[int, list[list[float]]] = {0: [], int(megabytes) << 20: []}
    until = time.monotonic() + float(seconds)
    with turn.taken("launch_places.py"), slowed_apps.apps(0) as (base, head):
        while time.monotonic() < until:
            with gate.arena(base, head, time.time_ns(), Pace()) as arena:
                for size, heats in found.items():
                    with in_use(size):
                        heats.append(levels(arena.conduct().there, "cpu"))
    print("| in use | rounds | first | second | third | fourth | scatter | less places |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for size, heats in found.items():
        print(told(size, heats))


if __name__ == "__main__":
    main(*sys.argv[1:])
