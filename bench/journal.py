"""The file between measuring and reading: JSON Lines, one fact a line, on the disk before the next one is measured."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from bench.belonging import strays
from bench.errors import JournalError
from bench.intake import opened
from bench.lines import End as End
from bench.lines import Line as Line
from bench.lines import cut_off, parsed, sealed, split
from bench.model import Record, Run

FORMAT = 1
FILE = "records.jsonl"
TORN = "torn.txt"
"""Beside it: the beginnings of lines that were cut off."""


@dataclass(frozen=True)
class Journal:
    """What a results file says; `end` is None when the harness was killed, `torn` when its last line was cut off.

    `resumed` are the numbers of records that there were each time when somebody went on with the run.
    """

    path: Path
    run: Run
    records: tuple[Record, ...]
    end: End | None
    torn: bool
    resumed: tuple[int, ...] = ()


@dataclass
class Examined:
    """A results file as it is: the lines that can be read, by `numbers` from 1, and what is wrong with which."""

    lines: list[Line]
    numbers: list[int]
    flaws: list[tuple[int, str]] = field(default_factory=list)
    torn: bool = False


def begin(folder: Path, run: Run) -> Path:
    """Create the run's folder and its results file, which then holds the run alone."""
    path = folder / FILE
    try:
        folder.mkdir(parents=True)
        path.touch(exist_ok=False)
        _synced(folder)
    except OSError as error:
        raise JournalError(
            f"{folder} cannot be written: {error.strerror}. Name another folder with --results."
        ) from None
    _append(path, Line(format=FORMAT, run=run))
    return path


def append(path: Path, record: Record) -> None:
    """Add a record; it is on the disk when this returns."""
    _append(path, Line(record=record))


def finish(path: Path, end: End) -> None:
    _append(path, Line(end=end))


def resume(path: Path) -> None:
    """Make a results file fit to be appended to: a last line that was cut off is kept in a file beside it."""
    try:
        with path.open("r+b") as file:
            whole = _whole(file)
            torn = file.read()
            if torn:
                with path.with_name(TORN).open("ab") as beside:
                    beside.write(torn + b"\n")
                    beside.flush()
                    os.fsync(beside.fileno())
                file.truncate(whole)
                os.fsync(file.fileno())
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}. What it holds so far can be read.") from None
    _append(path, Line(resumed=datetime.now(UTC).isoformat(timespec="seconds")))


def read(path: Path) -> Journal:
    """Everything a results file, or the folder it is in, says; damage is an error unless it cut off the last line."""
    path = path / FILE if os.path.isdir(path) else path
    said = examined(path, most=1)
    for number, told in said.flaws:
        raise JournalError(f"{path}, line {number} {told}. Remove that line to read the others.")
    run, records = said.lines[0].run, tuple(line.record for line in said.lines if line.record is not None)
    assert run  # noqa: S101
    return Journal(path, run, records, said.lines[-1].end, said.torn, tuple(_resumed(said.lines)))


def examined(path: Path, most: int) -> Examined:
    """A results file, line by line, as far as so many flaws. Raises JournalError where it does not begin like one."""
    said = Examined([], [])
    try:
        with opened(path) as file:
            for number, text in enumerate(split(file), 1):
                _look_at(path, number, text, said)
                if len(said.flaws) >= most:
                    return said
    except OSError as error:
        raise JournalError(
            f"{path} cannot be read: {error.strerror}. `bench report` takes a folder in results/."
        ) from None
    if not said.lines and not said.flaws:
        told = "is cut off in its first line" if said.torn else "is empty"
        raise JournalError(f"{path} {told}: nothing of that run can be read, for it ended before it began.")
    said.flaws += islice(strays(zip(said.numbers, said.lines, strict=True)), most)
    return said


def _resumed(lines: Iterable[Line]) -> Iterator[int]:
    records = 0
    for line in lines:
        records += line.record is not None
        if line.resumed:
            yield records


def _whole(file: BinaryIO) -> int:
    """Go to the end of the last line that has one."""
    end = 0
    for text in file:
        end += len(text) if text.endswith(b"\n") else 0
    return file.seek(end)


def _look_at(path: Path, number: int, text: bytes, said: Examined) -> None:
    if not text.endswith(b"\n") and cut_off(text):
        said.torn = True
        return
    if number == 1:
        _check_format(path, text)
    try:
        line = parsed(text.removesuffix(b"\n"))
    except ValueError as error:
        said.flaws.append((number, f"is damaged: {error}"))
        return
    if number == 1 and (line.run is None or line.format is None or line.format < 1):
        raise JournalError(f"{path} does not begin with the description of a run; is it a results file of `bench run`?")
    said.lines.append(line)
    said.numbers.append(number)


def _append(path: Path, line: Line) -> None:
    data = sealed(line)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            _written(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}. What it holds so far can be read.") from None


def _written(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _synced(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_format(path: Path, text: bytes) -> None:
    try:
        said = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return
    version = said.get("format") if isinstance(said, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise JournalError(f"{path} has format {version}, this deploybench reads up to {FORMAT}: a newer one reads it.")
