"""A run's results file while it is being written: what becomes of records when their place is full, closed or gone."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar

from bench import journal
from bench.errors import JournalError
from bench.model import Record, Run
from bench.processes import caretaker

Told = TypeVar("Told")


@dataclass
class Ledger:
    """The file with the run and its records so far, which are held in memory as well: they can be written again."""

    folder: Path
    run: Run
    records: list[Record] = field(default_factory=list)
    words: str = "logs"
    """The folder in it with what servers said."""

    @staticmethod
    def check(results: Path) -> None:
        """Raise JournalError where no run can be kept, before one is measured."""
        try:
            results.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=results):
                return
        except OSError as error:
            raise JournalError(
                f"{results} cannot be written: {error.strerror}. Name another folder with --results."
            ) from None

    @classmethod
    def begin(cls, folder: Path, run: Run) -> "Ledger":
        """Raises JournalError where the folder cannot be made; nothing of it is left then."""
        ledger, fresh = cls(folder, run), not folder.exists()
        try:
            ledger._write(folder)
        except JournalError:
            if fresh:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        return ledger

    @classmethod
    def resume(cls, folder: Path, run: Run, records: Sequence[Record]) -> "Ledger":
        """Go on with a file; what servers say from now on is in a folder of its own. Raises JournalError."""
        journal.resume(folder / journal.FILE)
        names = (f"logs-{number}" for number in count(2))
        ledger = cls(folder, run, list(records), next(name for name in names if not (folder / name).exists()))
        ledger._make_logs(folder)
        return ledger

    @property
    def path(self) -> Path:
        return self.folder / journal.FILE

    @property
    def logs(self) -> Path:
        return self.folder / self.words

    def append(self, record: Record) -> None:
        """Add a record; where it cannot be written all are written elsewhere, and JournalError says where."""
        self.records.append(record)
        try:
            self._restore() if self._vanished else journal.append(self.path, record)
        except JournalError as error:
            raise self._rescued(error) from None

    def finish(self, end: journal.End) -> None:
        self.look()
        journal.finish(self.path, end)

    def look(self) -> None:
        """Write everything again where somebody has removed the folder in mid-run."""
        try:
            if self._vanished:
                self._restore()
        except JournalError as error:
            raise self._rescued(error) from None

    def looking(self, tell: Callable[[Told], None]) -> Callable[[Told], None]:
        """The same listener, before whom this looks."""

        def told(what: Told) -> None:
            self.look()
            tell(what)

        return told

    @property
    def _vanished(self) -> bool:
        return not self.path.exists()

    def _restore(self) -> None:
        self._write(self.folder)
        records = f"{len(self.records)} record{'s' * (len(self.records) != 1)}"
        told = f"{self.folder} was removed in mid-run: it is there again, with {records}; earlier logs are lost"
        print(f"bench: {told}.", file=sys.stderr, flush=True)

    def _write(self, folder: Path) -> None:
        path = journal.begin(folder, self.run)
        self._make_logs(folder)
        for record in self.records:
            journal.append(path, record)

    def _make_logs(self, folder: Path) -> None:
        try:
            (folder / self.words).mkdir()
        except OSError as error:
            raise JournalError(f"{folder} cannot be written: {error.strerror}.") from None

    def _rescued(self, error: JournalError) -> JournalError:
        records = f"{len(self.records)} record{'s' * (len(self.records) != 1)}"
        try:
            place = Path(tempfile.mkdtemp(prefix="bench-rescued-", dir=caretaker.lasting())) / self.folder.name
            self._write(place)
        except (OSError, JournalError):
            return JournalError(
                f"{error} Of this run's {records} the last is lost: there is no other place for it either."
            )
        return JournalError(f"{error} All of this run's {records} are in {place}: 'bench report {place}'.")
