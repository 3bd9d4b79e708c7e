"""Numbers about numbers: intervals from repeated launches, ranks, tests, and what a test could have seen. All pure.

NumPy and SciPy are imported only where a function needs them, so that a ranking appears at once.
"""

from bench.stats.apart import apart, interquartile_mean
from bench.stats.intervals import estimate, hierarchical, quantile
from bench.stats.places import placeless
from bench.stats.power import detectable, rounds_needed
from bench.stats.randomisation import relabelled
from bench.stats.ranking import Rank, ranks
from bench.stats.ratios import paired_ratio, unpaired_ratio
from bench.stats.relative import relative
from bench.stats.student import CONFIDENCE, student

__all__ = [
    "CONFIDENCE",
    "Rank",
    "apart",
    "detectable",
    "estimate",
    "hierarchical",
    "interquartile_mean",
    "paired_ratio",
    "placeless",
    "quantile",
    "ranks",
    "relabelled",
    "relative",
    "rounds_needed",
    "student",
    "unpaired_ratio",
]
