"""Makes a sentence of whatever cannot be reckoned with in a run, with the line that holds it where it can be told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import journal
from bench.errors import JournalError
from bench.histogram import HistogramError
from bench.model import Record
from bench.stored import coherence

_SENSELESS = (HistogramError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError, RuntimeError)
"""What comes of reckoning with figures that no run measures."""


@contextmanager
def understood(run: Path) -> Iterator[None]:
    """Reckon with a run's records, by its folder. Raises JournalError where they make no sense."""
    try:
        yield
    except _SENSELESS as error:
        path = run / journal.FILE
        wrong = partial(coherence.of_record, driver=journal.read(run).run.driver)
        found = _senseless(path, coherence.impossible) or _senseless(path, wrong)
        place, told = found or (f"{path}", f"{type(error).__name__}, {error}")
        raise JournalError(f"{place} cannot be understood: {told}.") from error


def _senseless(path: Path, look: Callable[[Record], Iterator[str]]) -> tuple[str, str] | None:
    """The first line that something is wrong with, and what."""
    said = journal.examined(path, most=1)
    for line, number in zip(said.lines, said.numbers, strict=True):
        for told in look(line.record) if line.record else ():
            return f"{path}, line {number}", told.rstrip(".")
    return None
