"""One figure on two sides: the ratio with its interval, and whether it stays certain among many like it."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import stats
from bench.judgement import Estimate


@dataclass(frozen=True)
class Contrast:
    """A step between logarithms, with the scatter that it is judged by: squares and number of each side's launches."""

    step: float | None
    ratio: Estimate | None
    sides: tuple[tuple[float, int], ...] = ()

    @property
    def freedom(self) -> int:
        """Degrees of freedom; 0 where there is no interval."""
        return sum(count - 1 for _, count in self.sides) if all(count > 1 for _, count in self.sides) else 0

    def surely(self, others: Sequence["Contrast"]) -> bool:
        """Whether it stays certain among `others`, itself one of them, so that all of them are in 95 % of comparisons.

        Bonferroni's correction, on the scatter that all of them share; a row that scatters more than the others is
        judged by its own, as in the ranking. Its own interval must leave out 1 as well.
        """
        if not self.freedom or self.step is None or self.ratio is None:
            return False
        freedom = sum(other.freedom for other in others)
        pooled = math.fsum(squares for other in others for squares, _ in other.sides) / freedom
        error = math.fsum(max(pooled, squares / (count - 1)) / count for squares, count in self.sides)
        reach = stats.student(1 - (1 - stats.CONFIDENCE) / (2 * len(others)), freedom)
        return abs(self.step) > reach * math.sqrt(error) and not self.spans_one

    @property
    def spans_one(self) -> bool:
        """Whether its own interval, for itself, leaves open which side has more."""
        if self.ratio is None or self.ratio.low is None or self.ratio.high is None:
            return True
        return self.ratio.low <= 1 <= self.ratio.high


def contrast(before: Mapping[int, float], after: Mapping[int, float], *, paired: bool) -> Contrast:
    """The step from positive values by round to others; paired, over the rounds that both have.

    Empty where there is nothing to divide, without an interval where one launch is all there is.
    """
    if paired:
        steps = [math.log(after[at] / before[at]) for at in before if at in after]
        return Contrast(statistics.fmean(steps), stats.paired_ratio(steps), (_side(steps),)) if steps else NOTHING
    if not before or not after:
        return NOTHING
    ratio = stats.unpaired_ratio([*after.values()], [*before.values()])
    return Contrast(
        math.log(ratio.value), ratio, tuple(_side([*map(math.log, side.values())]) for side in (before, after))
    )


NOTHING = Contrast(None, None)


def _side(logarithms: Sequence[float]) -> tuple[float, int]:
    mean = statistics.fmean(logarithms)
    return math.fsum((one - mean) ** 2 for one in logarithms), len(logarithms)
