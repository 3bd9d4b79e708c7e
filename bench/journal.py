"""The file between measuring and reading: JSON Lines, one fact a line, on the disk before the next one is measured."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from bench.errors import JournalError
from bench.model import Record, Run

FORMAT = 1
FILE = "records.jsonl"

End = Literal["complete", "interrupted"]


@dataclass(frozen=True)
class Line:
    """One line of the file: the run first, then records as they come, the end last; `format` stands in the first."""

    format: int | None = None
    run: Run | None = None
    record: Record | None = None
    end: End | None = None


@dataclass(frozen=True)
class Journal:
    """What a results file says; `end` is None when the harness was killed, `torn` when its last line was cut off."""

    path: Path
    run: Run
    records: tuple[Record, ...]
    end: End | None
    torn: bool


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


def read(path: Path) -> Journal:
    """Everything a results file, or the folder it is in, says; damage is an error unless it cut off the last line."""
    path = path / FILE if path.is_dir() else path
    lines = _lines(path)
    whole, torn = (lines[:-1], bool(lines[-1])) if lines else ([], False)
    said = [_parsed(path, number, text) for number, text in enumerate(whole, 1)]
    if not said or said[0].run is None:
        raise JournalError(f"{path} does not begin with the description of a run; is it a results file of `bench run`?")
    records = tuple(line.record for line in said if line.record is not None)
    return Journal(path, said[0].run, records, next((line.end for line in said if line.end), None), torn)


def _append(path: Path, line: Line) -> None:
    data = msgspec.json.encode(line) + b"\n"
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


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(
            f"{path} cannot be read: {error.strerror}. `bench report` takes a folder in results/."
        ) from None


def _parsed(path: Path, number: int, text: bytes) -> Line:
    if number == 1:
        _check_format(path, text)
    try:
        return msgspec.json.decode(text, type=Line)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise JournalError(f"{path}, line {number} is damaged: {error}. Remove that line to read the others.") from None


def _check_format(path: Path, text: bytes) -> None:
    try:
        said = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return
    version = said.get("format") if isinstance(said, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise JournalError(f"{path} has format {version}, this deploybench reads up to {FORMAT}: a newer one reads it.")
