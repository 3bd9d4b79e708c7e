"""Everything that was written from a run's records, written anew elsewhere and compared with what lies beside them."""

import csv
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import journal
from bench.intake import content

_MOST = 256 << 20
_TEXT = {".md", ".html", ".txt", ".json"}


def differences(folder: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """The files compared, and for each that differs where and how."""
    from bench import report

    with TemporaryDirectory(prefix="bench-verify-") as elsewhere:
        # The page names its folder, so the other one is called the same.
        again = Path(elsewhere) / os.path.basename(os.path.realpath(folder))
        again.mkdir()
        shutil.copyfile(folder / journal.FILE, again / journal.FILE)
        written = [path for path in report.write(again) if os.path.lexists(folder / path.name)]
        found = [(path.name, told) for path in written for told in _differing(folder / path.name, path)]
        return [path.name for path in written], found


def _differing(stored: Path, derived: Path) -> Iterator[str]:
    new = derived.read_bytes()
    try:
        old = content(stored, _MOST)
    except OSError as error:
        yield f"it cannot be read: {error.strerror}"
        return
    if old == new:
        return
    if stored.suffix == ".csv":
        yield from _cells(old.decode(errors="replace"), new.decode(errors="replace"))
    elif stored.suffix in _TEXT:
        yield _line(old.decode(errors="replace"), new.decode(errors="replace"))
    else:
        yield f"it has other bytes ({len(old):,}; derived {len(new):,})"


def _cells(old: str, new: str) -> Iterator[str]:
    """Every cell that differs, by row and column; one sentence where rows or columns do."""
    try:
        ours, theirs = ({row["name"] or "": row for row in _table(text)} for text in (old, new))
    except csv.Error as error:
        yield f"it is no table: {error}"
        return
    if ours.keys() != theirs.keys():
        yield f"it has other rows: {', '.join(sorted(ours.keys() ^ theirs.keys()))}"
    for name in ours.keys() & theirs.keys():
        columns = [column for column in theirs[name] if ours[name].get(column) != theirs[name][column]]
        pairs = ((column, ours[name].get(column) or "nothing", theirs[name][column] or "nothing") for column in columns)
        yield from (f"{name}, {column}: it says {said}, the records {derived}" for column, said, derived in pairs)
    if list(ours) != list(theirs) and ours.keys() == theirs.keys():
        yield "its rows are in another order"


def _table(text: str) -> Iterator[dict[str, str]]:
    yield from (row for row in csv.DictReader(io.StringIO(text)) if "name" in row)


def _line(old: str, new: str) -> str:
    before, after = old.splitlines(), new.splitlines()
    at = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    if at is None:
        return f"it has {len(before)} lines, derived {len(after)}"
    return f"line {at + 1} says {_shown(before[at], after[at])}, the records {_shown(after[at], before[at])}"


def _shown(line: str, other: str) -> str:
    """The part of a line that differs, with a little of what leads to it."""
    same = next((at for at, (one, two) in enumerate(zip(line, other, strict=False)) if one != two), 0)
    return repr(line[max(0, same - 20) : same + 40])
