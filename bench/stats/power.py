"""What a comparison could have seen: the smallest slowdown it would find, and the rounds that a given one needs."""

import math

ALPHA = 0.001
"""One-sided: identical code alarms in one of a thousand gates."""
POWER = 0.95
_MOST_ROUNDS = 10_000


def detectable(scatter: float, rounds: int, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The smallest slowdown (0.02: 2 % more) that `rounds` paired rounds find with probability `power`.

    `scatter` is the standard deviation of a round's log-ratio; `alpha` the one-sided rate of false alarms. By the
    noncentral t distribution, which is the power of the t test, and within a round or two that of the randomisation
    tests. None for fewer than two rounds.
    """
    if rounds < 2:
        return None
    from scipy.special import nctdtrinc, stdtrit

    threshold = float(stdtrit(rounds - 1, 1 - alpha))
    return math.expm1(float(nctdtrinc(rounds - 1, 1 - power, threshold)) * scatter / math.sqrt(rounds))


def rounds_needed(scatter: float, effect: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """The fewest paired rounds that find a slowdown of `effect` (0.02: 2 % more); None beyond ten thousand."""
    if effect <= 0:
        raise ValueError(f"a slowdown of {effect} is none that could be found")

    def found(rounds: int) -> bool:
        least = detectable(scatter, rounds, alpha=alpha, power=power)
        return least is not None and least <= effect

    if not found(_MOST_ROUNDS):
        return None
    low, high = 1, _MOST_ROUNDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high
