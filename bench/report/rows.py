"""The nouns of a report: a row, what each load showed on it, and the summary that holds them in order."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from bench.histogram import Histogram
from bench.judgement import Estimate, Verdict
from bench.model import Load, Manner, Record, Rendered, Run, Seconds, Window
from bench.stats import Rank

Figure: TypeAlias = Callable[[Window], float | None]
"""What is looked up in each window; None where it was not measured."""

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}

_DWARFING = 1.3


@dataclass(frozen=True)
class Outcome:
    """What one load showed on one row, all good launches together; an Estimate is over launches."""

    load: Load
    windows: tuple[Window, ...]
    rate: float | None
    throughput: Estimate
    cpu: Estimate | None
    front_cpu: Estimate | None
    latency: Histogram
    quantiles: Mapping[str, Seconds]
    intervals: Mapping[str, Estimate]
    """Those quantiles whose answers were counted, with their 95 % intervals over launches."""
    doubt: str | None
    """Why its latencies are not the server's; None where nothing speaks against them."""

    @property
    def wrong(self) -> float:
        """The share of requests that were not answered rightly."""
        errors = sum(sum(window.errors.values()) for window in self.windows)
        return errors / ((errors + sum(window.responses for window in self.windows)) or 1)

    @property
    def server_cpu(self) -> Seconds | None:
        """CPU seconds per response without the front's."""
        return self.cpu.value - (self.front_cpu.value if self.front_cpu else 0.0) if self.cpu else None


@dataclass(frozen=True)
class Row:
    """One server: its verdict, its place among the believable ones, and what each load showed."""

    name: str
    rendered: Rendered
    records: tuple[Record, ...]
    verdict: Verdict
    outcomes: Mapping[str, Outcome]
    ready: Estimate | None
    first_byte: Estimate | None
    second_byte: Estimate | None
    memory_idle: Estimate | None
    memory_loaded: Estimate | None
    rank: Rank | None = None
    cost_rank: Rank | None = None
    """Places by throughput at capacity, most first, and by CPU time per response, least first."""

    @property
    def valid(self) -> bool:
        return self.verdict.valid

    @property
    def capacity(self) -> Outcome | None:
        """The first closed load with a core for the driver: as fast as the server answers."""
        return next((outcome for outcome in self.outcomes.values() if tells_capacity(outcome.load)), None)

    @property
    def costing(self) -> Outcome | None:
        """Where CPU time per response is told from: with the driver on the server's core, or else at capacity."""
        return next((outcome for outcome in self.outcomes.values() if outcome.load.shared), self.capacity)

    @property
    def swept(self) -> list[Outcome]:
        """What closed loads that differ from that one in their connections alone showed, fewest connections first."""
        capacity = self.capacity
        alike = [one for one in self.outcomes.values() if capacity and _asked(one.load) == _asked(capacity.load)]
        return sorted(alike, key=lambda outcome: outcome.load.connections)

    def by_round(self, load: str, figure: Figure) -> dict[int, float]:
        """The median of each good launch's windows under a load, by round."""
        seen = {
            record.trial.round: [value for one in record.windows if one.load == load and (value := figure(one))]
            for record in self.records
            if record.failure is None
        }
        return {at: statistics.median(values) for at, values in seen.items() if values}

    @property
    def throughput(self) -> Estimate | None:
        return self.capacity.throughput if self.capacity else None

    @property
    def cpu(self) -> Estimate | None:
        """CPU seconds of the whole tree per response, closed model."""
        return self.costing.cpu if self.costing else None

    @property
    def common(self) -> Outcome | None:
        """The first open load whose rate is the same for all rows: where latencies compare."""
        return next((outcome for outcome in self.outcomes.values() if is_common(outcome.load)), None)

    @cached_property
    def windows(self) -> list[Window]:
        """Those by which it is judged: a sweep may ask for more than a row is meant to bear."""
        sweep = {outcome.load.name for outcome in self.swept if outcome is not self.capacity}
        good = [window for record in self.records if record.failure is None for window in record.windows]
        return [window for window in good if window.load not in sweep]

    @property
    def responses(self) -> int:
        return sum(window.responses for window in self.windows)

    @property
    def errors(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for window in self.windows:
            counts.update(window.errors)
        return {kind: count for kind, count in counts.most_common() if count}

    @property
    def availability(self) -> float | None:
        """The share of requests that were answered rightly."""
        asked = self.responses + sum(self.errors.values())
        return self.responses / asked if asked else None

    @property
    def bytes_per_response(self) -> float | None:
        known = [window for window in self.windows if window.received is not None and window.responses]
        counted = sum(window.responses for window in known)
        return sum(window.received or 0 for window in known) / counted if counted else None

    @property
    def manner(self) -> Manner | None:
        return next((record.manner for record in self.records if record.manner), None)

    @property
    def log(self) -> tuple[str, ...]:
        """The last words of the launch that failed, or else of the last one."""
        spoken = [record for record in self.records if record.log]
        return next((record.log for record in spoken if record.failure), spoken[-1].log if spoken else ())


@dataclass(frozen=True)
class Summary:
    """A run as a reader wants it: believable rows by rank, then the struck out ones, and the rows never reached."""

    path: Path
    run: Run
    rows: tuple[Row, ...]
    unreached: tuple[str, ...]
    complete: bool
    resumed: int = 0
    """How often it was gone on with after it had been cut short."""

    @property
    def ranked(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.valid)

    @property
    def struck(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.valid)

    @property
    def rounds(self) -> int:
        """Launches measured, of the row with most of them."""
        return max((sum(record.failure is None for record in row.records) for row in self.rows), default=0)


def tells_capacity(load: Load) -> bool:
    return load.model == "closed" and not load.shared


def _asked(load: Load) -> Load:
    """A load without what a sweep varies."""
    return replace(load, name="", title="", connections=0, duration=0.0, windows=0, slice=None)


def is_common(load: Load) -> bool:
    """Whether a load asks every row at the same rate."""
    return load.rate is not None if load.share is None else load.share_of == "slowest"


def furthest(estimates: Iterable[Estimate | None]) -> float:
    """Where a scale that starts at zero ends: behind all values and, unless they dwarf these, behind all intervals."""
    known = [estimate for estimate in estimates if estimate]
    most = max((estimate.value for estimate in known), default=0.0)
    return min(max((estimate.high or estimate.value for estimate in known), default=0.0), _DWARFING * most)
