"""Reading a run as a doubter does: line by line, then all of it, then what was made of it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import __version__, journal, validity
from bench.errors import BenchError
from bench.journal import Journal
from bench.model import Record, Run
from bench.stored import coherence
from bench.stored.understanding import understood
from bench.verify import derivation, drawing

_MOST = 1000
"""Damaged lines that are told of one file."""


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
    folder = folder.parent if os.path.isfile(folder) else folder
    looked = journal.examined(folder / journal.FILE, _MOST)
    if looked.flaws:
        damaged = (Fault(journal.FILE, line, f"it {told}") for line, told in looked.flaws)
        return Verification(folder, 0, (), {}, tuple(damaged), ("nothing can be derived from damaged records",))
    said = journal.read(folder)
    records = {at: line.record for at, line in zip(looked.numbers, looked.lines, strict=True) if line.record}
    undrawn = drawing.undrawn(records, said.run)
    faults = list(_contradicted(records, said.run, undrawn))
    compared: list[str] = []
    verdicts: dict[str, str] = {}
    try:
        with understood(folder):
            verdicts = _verdicts(said)
            compared, differing = derivation.differences(folder)
        faults += [Fault(name, None, told) for name, told in differing]
    except BenchError as error:
        faults.append(Fault(journal.FILE, None, f"nothing can be derived from it: {error}"))
    notes = _notes(said, compared, undrawn, sealed=looked.lines[0].check is not None)
    return Verification(folder, len(said.records), tuple(compared), verdicts, tuple(faults), tuple(notes))


def _contradicted(records: Mapping[int, Record], run: Run, undrawn: set[int]) -> Iterator[Fault]:
    for number, record in records.items():
        yield from (Fault(journal.FILE, number, told) for told in coherence.of_record(record, run.driver))
        # Where it draws none of them, another version has drawn.
        if number in undrawn and len(undrawn) < len(records):
            told = f"the seed {run.seed} draws no such launch of {record.trial.server}"
            yield Fault(journal.FILE, number, f"{told} for round {record.trial.round + 1}")


def _verdicts(said: Journal) -> dict[str, str]:
    tried: dict[str, list[Record]] = {}
    for record in said.records:
        if record.failure != validity.INTERRUPTED:
            tried.setdefault(record.trial.server, []).append(record)
    return {name: verdict.word for name, verdict in validity.judge_all(tried, said.run).items()}


def _notes(said: Journal, compared: list[str], undrawn: set[int], sealed: bool) -> Iterator[str]:
    if not compared:
        yield "no report lies beside the records: `bench report` writes one"
    if not sealed:
        yield "its lines have no checksums, as an older version wrote them: a digit that changed may not be seen"
    if said.records and len(undrawn) == len(said.records):
        yield "its order was drawn by another version and is not compared"
    if said.run.version != __version__:
        yield f"deploybench {said.run.version} measured it and {__version__} derives it, which may differ"
    if times := len(said.resumed):
        yield f"it was cut short and gone on with {times} time{'s' * (times != 1)}"
    if said.end is None:
        yield "the run was killed before its end" + (", in the middle of a line" if said.torn else "")
