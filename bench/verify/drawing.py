"""Which of a run's launches its seed does not draw: those of another run, or ones that somebody edited."""

from collections.abc import Mapping
from dataclasses import replace

from bench.model import Record, Run, Trial
from bench.running import plan


def undrawn(records: Mapping[int, Record], run: Run) -> set[int]:
    """The keys of the launches that the seed does not draw."""
    servers, rounds = list(run.servers), {record.trial.round for record in records.values()}
    drawn = {at: plan.a_round(servers, at, run.seed) for at in rounds if at >= 0}
    return {key for key, record in records.items() if not _is_drawn(record.trial, drawn.get(record.trial.round, ()))}


def _is_drawn(trial: Trial, drawn: tuple[Trial, ...]) -> bool:
    """One of a round's rows is launched again with each further group of it, by another seed."""
    again = [replace(one, seed=one.seed ^ trial.group) for one in drawn]
    return replace(trial, group=0) in (*drawn, *again)
