"""What a gate is asked, how often it may be wrong, and what it answers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bench.contest import Build, Errors
from bench.judgement import Estimate
from bench.pairing import Metric

ALARMS = 0.0005
"""How often identical code is called slower, in the long run: half of the 1 in 1,000 that is promised."""
POWER = 0.95
"""How often a slowdown of the size to be detected is called so, at least."""

Word: TypeAlias = Literal["slower", "not slower", "undecided"]


@dataclass(frozen=True)
class Aim:
    """What a gate is asked: slower by more than `margin`; a slowdown of `detect` beyond it must be found.

    `contests` share the rate of false alarms; `max_time` bounds each one's load in seconds.
    """

    metric: Metric = "cpu"
    margin: float = 0.0
    detect: float = 0.02
    max_time: float = 180.0
    contests: int = 1

    @property
    def alpha(self) -> float:
        """The error rate of each of the two sets of rounds."""
        return math.sqrt(ALARMS / self.contests)

    @property
    def power(self) -> float:
        return math.sqrt(POWER)


@dataclass(frozen=True)
class Decision:
    """The answer, and all it rests on. `effect` is head / base; `detectable` the smallest effect that would be found.

    `alarms` are the error rates that the sets of rounds reached, `control` that of base against base and head against
    head; `others` are the ratios of what did not decide.
    """

    word: Word
    metric: str
    reasons: tuple[str, ...]
    effect: Estimate | None = None
    detectable: float | None = None
    rounds: int = 0
    load_time: float = 0.0
    alarms: tuple[float, ...] = ()
    control: float | None = None
    others: Mapping[Metric, Estimate] = field(default_factory=dict)
    errors: Mapping[Build, Errors] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
