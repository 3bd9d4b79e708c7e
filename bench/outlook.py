"""How far a run is: how narrow each row's interval has become, how many rounds it still takes, and how long."""

import math
import time
from collections.abc import Iterator

from bench.model import Load, Record, Run, Seconds
from bench.running.plan import least_rounds
from bench.running.precision import Standing
from bench.stats import CONFIDENCE, student

_STARTING_AND_STOPPING: Seconds = 1.0
_NORMAL = 1.96
"""What a standard normal exceeds, on either side, once in 20."""
_BARS = " ▁▂▃▄▅▆▇█"
_PLAIN_BARS = " .:-=+*#@"


class Outlook:
    """What is to be expected of a run, from what it has come to."""

    def __init__(self, run: Run, spent: Seconds = 0.0) -> None:
        self.run = run
        self.rounds = 0
        """Those that are over."""
        self.last: Standing | None = None
        self._reaches: dict[str, list[float | None]] = {name: [] for name in run.servers}
        self._lost: set[str] = set()
        self._round_began = time.monotonic()
        self._began = self._round_began - spent
        self._each: Seconds | None = None

    def record(self, record: Record) -> None:
        """A launch is over."""
        if record.failure:
            self._lost.add(record.trial.server)
        else:
            self._lost.discard(record.trial.server)

    def rank(self, standing: Standing) -> None:
        """A round is over."""
        now = time.monotonic()
        self._each, self._round_began = now - self._round_began, now
        self.rounds, self.last = standing.round + 1, standing
        for name, reaches in self._reaches.items():
            reaches.append(standing.widest(name) if name in standing.rows else None)

    def rows(self) -> Iterator[tuple[str, str]]:
        """Each row, and what is known about it: the widest intervals first."""
        order = sorted(self._reaches, key=lambda name: -(self._reach(name) or math.inf))
        return ((name, self._said(name)) for name in order)

    def history(self, name: str, plain: bool = False) -> str:
        """A row's intervals from round to round as bars, the widest one a whole bar; a blank where it has none."""
        reaches, bars = self._reaches[name], _PLAIN_BARS if plain else _BARS
        most = max((reach for reach in reaches if reach), default=0.0)
        return "".join(bars[math.ceil(reach / most * (len(bars) - 1))] if reach else " " for reach in reaches)

    def _reach(self, name: str) -> float | None:
        return self._reaches[name][-1] if self._reaches[name] else None

    def _said(self, name: str) -> str:
        reach, asked = self._reach(name), self.run.precision
        if reach is None:
            return "failed" if name in self._lost else "struck out" if self.last and self.rounds > 1 else ""
        told = f"±{100 * reach:.1f} %"
        if asked is None or reach <= asked:
            return told
        more = self._needed(name) - self.rounds
        return f"{told}, {more} more round{'s' * (more > 1)}"

    def _needed(self, name: str) -> int:
        """How many rounds a row takes: intervals narrow with the root of their number, and with Student's t.

        Guenther, Sample size formulas for normal theory t tests, 1981: half the normal's square more than without it.
        """
        reach, asked = self._reach(name), self.run.precision
        if reach is None or not asked or reach <= asked:
            return self.rounds
        scatter = math.log1p(reach) * math.sqrt(self.rounds) / student((1 + CONFIDENCE) / 2, max(1, self.rounds - 1))
        return max(math.ceil((_NORMAL * scatter / math.log1p(asked)) ** 2 + _NORMAL**2 / 2), self.rounds + 1)

    @property
    def needed(self) -> int | None:
        """How many rounds there are going to be; None while nothing tells."""
        if self.run.rounds is not None:
            return self.run.rounds
        if self.rounds < 2:
            return None
        return max(least_rounds(self.run), *(self._needed(name) for name in self._reaches))

    @property
    def left(self) -> Seconds:
        """From the loads at first, then from the last round there was, and never longer than the time allowed."""
        now = time.monotonic()
        spent, each = now - self._began, self._guess() if self._each is None else self._each
        more = (self.needed or least_rounds(self.run)) - self.rounds
        ahead = max(0.0, more * each - (now - self._round_began))
        return ahead if self.run.max_time is None else min(ahead, max(0.0, self.run.max_time - spent))

    def _guess(self) -> Seconds:
        return sum(_STARTING_AND_STOPPING + sum(map(_length, self.run.loads)) for _ in self.run.servers)


def _length(load: Load) -> Seconds:
    # The last answers of a slice take about as long as its questions.
    return load.windows * load.duration * (2 if load.slice else 1)
