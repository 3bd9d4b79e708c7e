"""Processes that a service of the system starts for a row: who stands in for them says so, and is billed for them."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

_GONE = (OSError, psutil.Error)


def adopt(pids: Iterable[int], by: int, folder: Path | None = None) -> None:
    """Say that a process stands in for others, in the folder where temporary files are looked for by who measures."""
    _place(by, folder).write_text(" ".join(map(str, pids)), "ascii")


def release(by: int, folder: Path | None = None) -> None:
    """Say that it stands in for none."""
    _place(by, folder).unlink(missing_ok=True)


def has_spoken(pid: int, folder: Path | None = None) -> bool:
    """Whether it has said for whom it stands in, be it for none yet."""
    return _place(pid, folder).exists()


def tree(pid: int, folder: Path | None = None) -> Iterator[int]:
    """A process, its descendants and what these have adopted, by the means of any system; nothing when it is gone."""
    try:
        process = psutil.Process(pid)
        members = [process, *(child for child in process.children(recursive=True) if not _is_console(child))]
    except _GONE:
        return
    for member in members:
        yield member.pid
        for adopted in _adopted(member, folder):
            yield from tree(adopted, folder)


def _is_console(process: psutil.Process) -> bool:
    """Whether it merely stands for the console that a process has on Windows."""
    try:
        return process.name() == "conhost.exe"
    except _GONE:
        return False


def _adopted(process: psutil.Process, folder: Path | None) -> list[int]:
    place = _place(process.pid, folder)
    try:
        # What an earlier process of the same number has left behind says nothing of this one.
        valid = place.stat().st_mtime >= process.create_time() - 1
        return [int(word) for word in place.read_text("ascii").split() if int(word) != process.pid] if valid else []
    except (*_GONE, ValueError):
        return []


def _place(pid: int, folder: Path | None) -> Path:
    return (folder or Path(tempfile.gettempdir())) / f"bench-adopted-{pid}"
