"""The figures that were published in December 2016: `siege -c 1000 -r 100 -b`, which siege had limited to 255 users."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.model import Seconds


@dataclass(frozen=True)
class Siege:
    """What siege says of a test, in its own terms: seconds, requests a second, a share, and megabytes of bodies.

    `transactions` is how many requests were answered, `concurrency` how many were being answered at a time, on average.
    """

    transactions: int
    availability: float
    elapsed: Seconds
    transferred: float
    response_time: Seconds | None
    transaction_rate: float
    throughput: float
    concurrency: float | None
    successful: int
    failed: int
    longest: Seconds | None
    shortest: Seconds | None


PUBLISHED: Mapping[str, Siege] = {
    "dev": Siege(25416, 0.9967, 42.07, 0.29, 0.29, 604.14, 0.01, 177.53, 25416, 84, 31.62, 0.00),
    "threaded": Siege(25428, 0.9972, 38.42, 0.29, 0.25, 661.84, 0.01, 162.77, 25428, 72, 31.14, 0.03),
    "processes": Siege(25394, 0.9958, 39.28, 0.29, 0.25, 646.49, 0.01, 163.27, 25394, 106, 31.21, 0.00),
    "gunicorn": Siege(25500, 1.0, 38.94, 0.29, 0.38, 654.85, 0.01, 249.79, 25500, 0, 1.61, 0.01),
    "gevent": Siege(25500, 1.0, 25.33, 0.29, 0.22, 1006.71, 0.01, 221.98, 25500, 0, 15.15, 0.00),
    "uwsgi": Siege(25500, 1.0, 49.84, 0.29, 0.30, 511.64, 0.01, 154.09, 25500, 0, 46.09, 0.00),
    "uwsgi+nginx": Siege(25475, 0.9990, 19.71, 0.29, 0.14, 1292.49, 0.01, 175.43, 25475, 25, 15.11, 0.00),
    "tornado": Siege(25429, 0.9972, 35.99, 0.29, 0.21, 706.56, 0.01, 151.04, 25429, 71, 31.05, 0.00),
    "php+nginx": Siege(25478, 0.9991, 16.54, 0.29, 0.09, 1540.39, 0.02, 141.94, 25478, 22, 15.02, 0.00),
}
"""By row; the document calls them plain, with threads, with processes, Gunicorn and so on."""

REFERENCE = "dev"
"""The row to which all others are held: ratios travel, figures of another machine do not."""
