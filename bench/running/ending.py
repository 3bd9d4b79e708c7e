"""When a run is over: every row is known precisely enough, or a further round would not end in time."""

import statistics
from collections.abc import Mapping, Sequence

from bench.model import Record, Run, Seconds
from bench.running import plan
from bench.running.precision import Standing


def enough(run: Run, records: Sequence[Record], spent: Seconds, reached: Standing) -> bool:
    """Whether there need be no further round, or there is no time left for it."""
    if run.max_time is not None and spent + next_round(run, records, spent) > run.max_time:
        return True
    return run.precision is not None and reached.round + 1 >= plan.least_rounds(run) and reached.precise


def next_round(run: Run, records: Sequence[Record], spent: Seconds) -> Seconds:
    """How long the round after these will last: as they did on average, with those loads that are its turn."""
    rounds = 1 + max(record.trial.round for record in records)
    known = {load.name: _by_round(load.name, records) for load in run.loads}
    rest = spent - sum(sum(seconds.values()) for seconds in known.values())
    coming = (known[load.name] for load in plan.loads(run, rounds))
    return rest / rounds + sum(statistics.fmean(seconds.values()) for seconds in coming if seconds)


def _by_round(load: str, records: Sequence[Record]) -> Mapping[int, Seconds]:
    """How long a load was on, in each round that had it."""
    seconds: dict[int, Seconds] = {}
    for record in records:
        spent = [window.duration for window in record.windows if window.load == load]
        if spent:
            seconds[record.trial.round] = seconds.get(record.trial.round, 0.0) + sum(spent)
    return seconds
