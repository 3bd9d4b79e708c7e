"""Is head slower than base by counts that hardly scatter: instructions of a request, each build counted some times."""

from collections.abc import Sequence

from bench.aim import Decision, Word
from bench.judgement import Estimate

REPEATS = 2
_FLOOR = 0.001
"""Counts of the same code differ by less, whatever differs in names, addresses and times."""
_BLIND = "instructions in user space only: no system calls, no waiting, and as if all took the same time"


def by_counts(base: Sequence[float], head: Sequence[float], margin: float) -> Decision:
    """The answer from counts per request of two builds; how much equal counts differ widens what can be told apart."""
    scatter = max(max(side) / min(side) - 1 for side in (base, head))
    least = max(_FLOOR, 2 * scatter)
    low, high = min(head) / max(base), max(head) / min(base)
    value = (sum(head) / len(head)) / (sum(base) / len(base))
    limit = 1 + margin + least
    word: Word = "slower" if low > limit else "not slower" if high < limit else "undecided"
    reasons = {
        "slower": f"each count of head exceeds each of base by more than {margin + least:.2%}",
        "not slower": f"no count of head exceeds one of base by {margin + least:.2%}",
        "undecided": f"some counts of head exceed those of base by {margin + least:.2%}, others do not",
    }
    return Decision(
        word=word,
        metric="instructions",
        reasons=(reasons[word],),
        effect=Estimate(value, low, high),
        detectable=margin + least,
        rounds=len(base),
        notes=(f"{sum(base) / len(base):,.0f} became {sum(head) / len(head):,.0f} a request", _BLIND),
    )
