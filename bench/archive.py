"""Many stored runs: each is read once and only its digest kept; one that cannot be read costs itself alone."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from bench import journal
from bench.digest import Digest, digest
from bench.errors import BenchError

Result = TypeVar("Result")

_ENOUGH_FOR_SEVERAL = 16
_AT_A_TIME = 8


def folders(results: Path) -> list[Path]:
    """The folders of runs in a folder, the oldest first: their names begin with the time."""
    return sorted(path.parent for path in results.glob(f"*/{journal.FILE}"))


def each(work: Callable[[Path], Result], runs: Sequence[Path]) -> Iterator[tuple[Path, Result]]:
    """What comes of each run, in their order; a core each where they are many, so `work` must be of a module's top.

    No more than a few runs are in memory at a time.
    """
    if len(runs) < _ENOUGH_FOR_SEVERAL:
        yield from ((run, work(run)) for run in runs)
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from zip(runs, pool.map(work, runs, chunksize=_AT_A_TIME), strict=True)


def digests(runs: Sequence[Path]) -> Iterator[tuple[Path, Digest | str]]:
    """Each run's digest, or why there is none."""
    yield from each(_digest, runs)


def attempted(run: Path, work: Callable[[Path], Result]) -> Result | str:
    """What comes of a run, or a sentence on why nothing does."""
    try:
        return work(run)
    except BenchError as error:
        return str(error)
    except OSError as error:
        return f"{run} cannot be read: {error.strerror}."
    except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        return f"{run} has records that cannot be understood: {error}."


def _digest(run: Path) -> Digest | str:
    return attempted(run, lambda folder: digest(journal.read(folder)))
