"""Does the driver grow? The resident memory of its process after one million requests, and after fifty.

    python benchmarks/driver_memory.py [MILLIONS]

The same nginx as in driver_capacity.py, 64 connections, windows of five seconds one after the other. Exit status 1: it
ended with over 2 % more than it had after the first million.
"""

import sys
from itertools import takewhile

import psutil
from driver_capacity import nginx

from bench.drivers import Drive, driving
from bench.model import Load, Target

WINDOW = Load("memory", connections=64, duration=5.0)
MILLION = 1_000_000
TOLERANCE = 0.02
SHOWN = (1, 2, 5, 10, 20, 30, 40, 50, 100, 200, 500)
"""After so many million requests, and at the end."""


def resident(drive: Drive, target: Target, driver: psutil.Process, enough: int) -> list[tuple[int, int]]:
    """Requests so far and resident bytes after each window, until there were enough."""
    measured = [(0, 0)]
    while measured[-1][0] < enough:
        so_far = measured[-1][0] + drive(target, WINDOW).responses
        measured.append((so_far, driver.memory_info().rss))
    return measured[1:]


def milestones(measured: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The first window that ended after each number worth showing."""
    marks = [mark * MILLION for mark in takewhile(lambda mark: mark * MILLION <= measured[-1][0], SHOWN)]
    passed = [next(entry for entry in measured if entry[0] >= mark) for mark in marks]
    return list(dict.fromkeys([*passed, measured[-1]]))


def main(millions: float) -> int:
    with nginx() as target, driving("locust", cores=[1]) as drive:
        driver = next(child for child in psutil.Process().children() if child.pid != target.pid)
        measured = milestones(resident(drive, target, driver, round(millions * MILLION)))
    first = measured[0][1]
    print("| requests | resident memory | against the first |")
    print("|---|---|---|")
    for requests, memory in measured:
        print(f"| {requests:,} | {memory / 1e6:.1f} MB | {memory / first - 1:+.2%} |")
    return int(measured[-1][1] > (1 + TOLERANCE) * first)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 50.0))
