"""What rules look at: the trials of one row, and the windows of those that went well."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bench.histogram import Histogram
from bench.model import Load, Record, Rendered, Run, Window

INTERRUPTED = "interrupted"
"""The failure of a trial that the user cut short, which says nothing about its server."""

Figure = Callable[[Window], float | None]


@dataclass(frozen=True)
class Evidence:
    """One row's trials, and the run that they belong to."""

    records: Sequence[Record]
    run: Run

    @cached_property
    def good(self) -> list[Record]:
        return [record for record in self.records if record.failure is None]

    @cached_property
    def failed(self) -> list[Record]:
        return [record for record in self.records if record.failure not in (None, INTERRUPTED)]

    @property
    def rendered(self) -> Rendered | None:
        return self.run.servers.get(self.records[0].trial.server) if self.records else None

    @cached_property
    def windows(self) -> list[Window]:
        """Without those of a sweep over connections, which may ask for more than a row is meant to bear."""
        windows = [window for record in self.good for window in record.windows]
        closed = (window.load for window in windows if window.model == "closed" and not self.shared(window))
        first = next(closed, None)
        return [window for window in windows if window.model == "open" or self.shared(window) or window.load == first]

    @cached_property
    def loads(self) -> Mapping[str, Load]:
        return {load.name: load for load in self.run.loads}

    @cached_property
    def closed(self) -> list[Window]:
        """Those at capacity: not those in which the driver shares the servers' core on purpose."""
        return [window for window in self.windows if window.model == "closed" and not self.shared(window)]

    @cached_property
    def open(self) -> list[Window]:
        return [window for window in self.windows if window.model == "open"]

    def shared(self, window: Window) -> bool:
        """Whether the driver was told to run on the servers' core then."""
        return window.load in self.loads and self.loads[window.load].shared

    def per_launch(self, windows: Iterable[Window], figure: Figure) -> dict[int, float]:
        """The median of a figure over those windows, by the round of their launch."""
        wanted = {id(window) for window in windows}
        seen = {
            record.trial.round: [
                value
                for window in record.windows
                if id(window) in wanted and (value := figure(window)) is not None and value > 0
            ]
            for record in self.good
        }
        return {at: statistics.median(values) for at, values in seen.items() if values}


def middle(windows: Iterable[Window], figure: Figure) -> float | None:
    """The median of a figure over the windows that have it."""
    known = [value for window in windows if (value := figure(window)) is not None]
    return statistics.median(known) if known else None


def merged(encoded: Iterable[str | None]) -> Histogram:
    """All counts together, to be read only; empty when nothing was counted."""
    return _merged(tuple(text for text in encoded if text))


@lru_cache(maxsize=64)
def _merged(encoded: tuple[str, ...]) -> Histogram:
    # Several rules and the report look at the same windows of a row, one soon after the other.
    return Histogram().merge(*(Histogram.decode(text) for text in encoded))


def percent(share: float) -> str:
    return f"{100 * share:.3g} %" if share < 9.995 else f"{100 * share:,.0f} %"


def time(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms" if seconds < 0.9995 else f"{seconds:.3g} s"
