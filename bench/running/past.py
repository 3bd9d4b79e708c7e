"""What a run that was cut short had come to: the records that count, what is left of a round, and the time it took."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.journal import Journal
from bench.model import Load, Record, Run, Seconds, Trial
from bench.running import plan, rates
from bench.running.launches import INTERRUPTED
from bench.running.rates import Common


@dataclass(frozen=True)
class Past:
    """What was measured before, and how many seconds that took; of a run that begins, nothing."""

    records: tuple[Record, ...] = ()
    spent: Seconds = 0.0

    @property
    def round(self) -> int:
        """The last round of which something is known: those before it are whole."""
        return max((record.trial.round for record in self.records), default=0)

    @property
    def whole_rounds(self) -> list[Record]:
        """What was known when the last round began."""
        return [record for record in self.records if record.trial.round < self.round]


NOTHING = Past()


def remembered(said: Journal) -> Past:
    """What a results file knows of. The time of launches that left no record is not known, and not counted."""
    ends = (*said.resumed, len(said.records))
    sessions = [said.records[begin:end] for begin, end in zip((0, *said.resumed), ends, strict=True)]
    return Past(said.records, sum(map(_length, sessions)))


def left(trials: Sequence[Trial], before: Sequence[Record], run: Run, common: Common | None) -> list[Trial]:
    """Those launches of a round that have no record yet which is whole."""
    measured = {record.trial.server for record in before if is_whole(record, run, common)}
    return [trial for trial in trials if trial.server not in measured]


def is_whole(record: Record, run: Run, common: Common | None) -> bool:
    """Whether nothing of a launch is left to be measured; one that failed is, one cut short is not."""
    if record.failure:
        return record.failure != INTERRUPTED
    had = Counter(window.load for window in record.windows)
    own = rates.capacity(record.windows, rates.capacity_load(run.loads))
    slowest = common.slowest(record.trial.server, own) if common else None
    asked = plan.loads(run, record.trial.round)
    return all(had[load.name] >= load.windows for load in asked if rates.with_rate(load, own, slowest, 1))


def common(run: Run, records: Sequence[Record]) -> Common | None:
    """The rate common to all rows, where a window was measured at it: later ones must be asked at the same."""
    asked = {load.name: load.share for load in run.loads if _is_common(load)}
    windows = (window for record in records for window in record.windows)
    found = (window.rate / share for window in windows if window.rate and (share := asked.get(window.load)))
    settled = next(found, None)
    first = [record for record in records if record.trial.round == 0]
    return Common(capacities(run, first), settled) if settled else None


def capacities(run: Run, records: Sequence[Record]) -> dict[str, float]:
    """What each row reached that answers rightly."""
    name = rates.capacity_load(run.loads)
    return {
        record.trial.server: capacity
        for record in records
        if not record.failure
        and not rates.faulty(record.windows)
        and (capacity := rates.capacity(record.windows, name))
    }


def _is_common(load: Load) -> bool:
    return load.share is not None and load.share_of == "slowest"


def _length(records: Sequence[Record]) -> Seconds:
    """From the first launch of a session to the end of the last window."""
    began = min((record.started for record in records), default=0.0)
    ended = (window.started + window.duration for record in records for window in record.windows)
    return max(0.0, max(ended, default=began) - began)
