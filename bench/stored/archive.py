"""Many stored runs: each is read once and only its digest kept; one that cannot be read costs itself alone."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from bench import journal
from bench.errors import BenchError
from bench.stored.digest import Digest, digest
from bench.stored.understanding import understood

Result = TypeVar("Result")

_ENOUGH_FOR_SEVERAL = 16
_AT_A_TIME = 8


def each(work: Callable[[Path], Result], runs: Sequence[Path]) -> Iterator[tuple[Path, Result]]:
    """What comes of each run, in their order; a core each where they are many, so `work` must be of a module's top.

    No more than a few runs are in memory at a time.
    """
    pool = _pool() if len(runs) >= _ENOUGH_FOR_SEVERAL else None
    if pool is None:
        yield from ((run, work(run)) for run in runs)
        return
    with pool:
        yield from zip(runs, pool.map(work, runs, chunksize=_AT_A_TIME), strict=True)


def _pool() -> ProcessPoolExecutor | None:
    """None where processes have nothing to take turns by: what they use needs /dev/shm."""
    try:
        return ProcessPoolExecutor(os.cpu_count())
    except (OSError, ImportError):
        return None


def digests(runs: Sequence[Path]) -> Iterator[tuple[Path, Digest | str]]:
    """Each run's digest, or why there is none."""
    yield from each(_digest, runs)


def attempted(run: Path, work: Callable[[Path], Result]) -> Result | str:
    """What comes of a run, or a sentence on why nothing does."""
    try:
        with understood(run):
            return work(run)
    except BenchError as error:
        return str(error)
    except OSError as error:
        return f"{run} cannot be read: {error.strerror}."


def _digest(run: Path) -> Digest | str:
    return attempted(run, lambda folder: digest(journal.read(folder)))
