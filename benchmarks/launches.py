"""Does anything stay behind? Descriptors, threads, processes, sockets and folders after many launches of a row.

    python benchmarks/launches.py [LAUNCHES] [ROW]

200 launches of gunicorn+nginx by default, each verified and ended, in one harness. Exit status 1: there is more of
anything than after the first ten, or a launch failed.
"""

import gc
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench import launch, probe
from bench.errors import BenchError
from bench.model import Settings
from bench.rows.catalog import Catalog, load_catalog

WARM = 10
SHOWN = 20


@dataclass(frozen=True)
class Holding:
    """What the harness has at a time; folders are those of servers."""

    descriptors: int
    threads: int
    processes: int
    sockets: int
    folders: int
    memory: int

    @staticmethod
    def now() -> "Holding":
        gc.collect()
        us = psutil.Process()
        return Holding(
            descriptors=us.num_fds(),
            threads=us.num_threads(),
            processes=len(us.children(recursive=True)),
            sockets=len(us.net_connections("all")),
            folders=len(list(Path(tempfile.gettempdir()).glob("bench-*"))),
            memory=us.memory_info().rss,
        )


def once(row: str, known: Catalog, log: Path, seed: int) -> None:
    """One launch, really verified."""
    with launch.serving(known, known.servers[row], Settings(), log=log, seed=seed) as up:
        fault = probe.verify(up.target.url, known.servers[row].lacks)
    if fault or up.ward.stopped.left:
        raise BenchError(f"launch {seed}: {fault or up.ward.stopped}.")


def main(launches: int = 200, row: str = "gunicorn+nginx") -> int:
    known, seen = load_catalog(), [Holding.now()]
    with tempfile.TemporaryDirectory() as place:
        # Of our own, so that others' harnesses do not count; nginx's workers may be nobody.
        tempfile.tempdir = place
        os.chmod(place, 0o711)  # noqa: S103
        print("| launches | descriptors | threads | processes | sockets | folders | memory |")
        print("|--:|--:|--:|--:|--:|--:|--:|")
        for number in range(1, launches + 1):
            once(row, known, Path(place) / "log", number)
            if number in (WARM, launches) or number % SHOWN == 0:
                seen.append(Holding.now())
                *counts, memory = asdict(seen[-1]).values()
                print(f"| {number} | {' | '.join(map(str, counts))} | {memory / 1e6:.1f} MB |", flush=True)
    first, last = asdict(seen[1]), asdict(seen[-1])
    more = [name for name, count in last.items() if name != "memory" and count > first[name]]
    print(f"\n{launches} launches of {row}: {'more ' + ', '.join(more) if more else 'nothing stays behind'}.")
    return int(bool(more))


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(*[convert(word) for convert, word in zip((int, str), given, strict=False)]))
