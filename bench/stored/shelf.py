"""The folder that runs are kept in: which of its folders are runs, and which are something else."""

import os
from pathlib import Path

from bench import journal
from bench.errors import JournalError

_OURS = ".nojekyll"
"""What a site of ours begins with."""


def runs(results: Path) -> list[Path]:
    """The folders of runs, the oldest first: their names begin with the time. Raises JournalError where none can be."""
    return sorted(path for path in _within(results) if _is_run(path))


def strangers(results: Path) -> list[str]:
    """Names of folders, and of links to nowhere, that are neither runs nor made from runs, nor a folder of runs."""
    others = (path for path in _within(results) if not _is_run(path) and not path.name.startswith("."))
    return sorted(path.name for path in others if not os.path.isfile(path) and not _is_ours(path))


def _within(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(folder)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JournalError(f"{folder} cannot be read: {error.strerror}. Runs are kept in a folder.") from None


def _is_run(folder: Path) -> bool:
    """Also one whose records are unreadable: whoever reads them says so."""
    return os.path.lexists(folder / journal.FILE)


def _is_ours(folder: Path) -> bool:
    try:
        return os.path.exists(folder / _OURS) or any(map(_is_run, _within(folder)))
    except JournalError:
        return False
