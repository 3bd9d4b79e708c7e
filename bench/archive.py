"""Many stored runs: each is read once and only its digest kept; one that cannot be read costs itself alone."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from bench import journal
from bench.digest import Digest, digest
from bench.errors import BenchError

_ENOUGH_FOR_SEVERAL = 16
_AT_A_TIME = 8


def folders(results: Path) -> list[Path]:
    """The folders of runs in a folder, the oldest first: their names begin with the time."""
    return sorted(path.parent for path in results.glob(f"*/{journal.FILE}"))


def digests(runs: Sequence[Path], kept: Path | None = None) -> Iterator[tuple[Path, Digest | str]]:
    """Each run's digest, or why there is none, in their order; a core each where they are many.

    With a folder to keep them in, a digest is taken from there unless the records are newer. No more than a few runs
    are in memory at a time.
    """
    kept = kept.absolute() if kept else None
    if len(runs) < _ENOUGH_FOR_SEVERAL:
        yield from ((run, _digest(run, kept)) for run in runs)
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from zip(runs, pool.map(_digest, runs, [kept] * len(runs), chunksize=_AT_A_TIME), strict=True)


def _digest(run: Path, kept: Path | None) -> Digest | str:
    note = kept / f"{run.name}.json" if kept else None
    records = run / journal.FILE
    try:
        if note and note.is_file() and note.stat().st_mtime_ns >= records.stat().st_mtime_ns:
            return msgspec.json.decode(note.read_bytes(), type=Digest)
    except (OSError, msgspec.MsgspecError):
        pass
    try:
        found = digest(journal.read(run))
    except BenchError as error:
        return str(error)
    except (ValueError, ArithmeticError, LookupError, AttributeError) as error:
        return f"{records} has records that cannot be understood: {error}."
    if note:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_bytes(msgspec.json.encode(found))
    return found
