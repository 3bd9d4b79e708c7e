"""Reading a run as a doubter does: line by line, then all of it, then what was made of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import __version__, journal, validity
from bench.errors import JournalError
from bench.journal import Journal, Line
from bench.model import Record
from bench.verify import contradictions, derivation


@dataclass(frozen=True)
class Fault:
    """Something that is not as a run leaves it: in which file, where in it, and what."""

    file: str
    line: int | None
    told: str


@dataclass(frozen=True)
class Verification:
    """What was looked at, the verdicts that come of it, and all that is wrong; `notes` tell what was not compared."""

    folder: Path
    records: int
    compared: tuple[str, ...]
    verdicts: Mapping[str, str]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.faults


def verified(folder: Path) -> Verification:
    """Look at a run; raises JournalError where there is none, or nothing that begins like one."""
    folder = folder if folder.is_dir() else folder.parent
    damaged = list(_damaged(folder / journal.FILE))
    if damaged:
        return Verification(folder, 0, (), {}, tuple(damaged), ("nothing can be derived from damaged records",))
    said = journal.read(folder)
    faults = list(_contradicted(said))
    compared: list[str] = []
    verdicts: dict[str, str] = {}
    try:
        verdicts = _verdicts(said)
        compared, differing = derivation.differences(folder)
        faults += [Fault(name, None, told) for name, told in differing]
    except (ArithmeticError, LookupError, ValueError) as error:
        faults.append(Fault(journal.FILE, None, f"nothing can be derived from it: {error}"))
    return Verification(
        folder, len(said.records), tuple(compared), verdicts, tuple(faults), tuple(_notes(said, compared))
    )


def _damaged(path: Path) -> Iterator[Fault]:
    """Lines that cannot be read; the last may have been cut off when the harness was killed."""
    try:
        *lines, _ = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(
            f"{path} cannot be read: {error.strerror}. `bench verify` takes a folder in results/."
        ) from None
    for number, text in enumerate(lines, 1):
        try:
            said = msgspec.json.decode(text, type=Line)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            yield Fault(path.name, number, f"it is damaged: {error}")
            continue
        if (said.run is not None) != (number == 1):
            yield Fault(path.name, number, "the description of a run stands in the first line and nowhere else")
        elif said.end is not None and number < len(lines):
            yield Fault(path.name, number, "the run has ended here, and goes on")


def _contradicted(said: Journal) -> Iterator[Fault]:
    undrawn = contradictions.undrawn(said.records, said.run)
    for number, record in enumerate(said.records, 2):
        yield from (Fault(journal.FILE, number, told) for told in contradictions.of_record(record, said.run))
        # Where it draws none of them, another version has drawn.
        if record in undrawn and len(undrawn) < len(said.records):
            told = f"the seed {said.run.seed} draws no such launch of {record.trial.server}"
            yield Fault(journal.FILE, number, f"{told} for round {record.trial.round + 1}")
    yield from (Fault(journal.FILE, None, told) for told in contradictions.of_all(said.records))


def _verdicts(said: Journal) -> dict[str, str]:
    tried: dict[str, list[Record]] = {}
    for record in said.records:
        if record.failure != validity.INTERRUPTED:
            tried.setdefault(record.trial.server, []).append(record)
    return {name: verdict.word for name, verdict in validity.judge_all(tried, said.run).items()}


def _notes(said: Journal, compared: list[str]) -> Iterator[str]:
    if not compared:
        yield "no report lies beside the records: `bench report` writes one"
    if said.records and len(contradictions.undrawn(said.records, said.run)) == len(said.records):
        yield "its order was drawn by another version and is not compared"
    if said.run.version != __version__:
        yield f"deploybench {said.run.version} measured it and {__version__} derives it, which may differ"
    if said.end is None:
        yield "the run was killed before its end" + (", in the middle of a line" if said.torn else "")
