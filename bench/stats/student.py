"""Student's t, which intervals from a few launches need."""

import math
from functools import cache

CONFIDENCE = 0.95
"""What every interval of this project claims to hold."""


@cache
def student(share: float, freedom: int) -> float:
    """The quantile of Student's t at `share` (0.5..1) for whole degrees of freedom.

    Bisection of the closed forms 26.7.3 and 26.7.4 in Abramowitz and Stegun; loading SciPy for it would take longer
    than a ranking may.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 2 * share - 1 else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _within(angle: float, freedom: int) -> float:
    """P(|T| <= sqrt(freedom) * tan(angle))."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = 0.0
    for power in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cosine * cosine * (power - 1) / power
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
