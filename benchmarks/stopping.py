"""How often the intervals hold the truth with which runs end, since a run ends when they happen to be narrow enough.

    python benchmarks/stopping.py [RUNS]

Counted on invented launches, as `coverage.py` does, for a row alone and for one among eight, by what launches scatter;
mean numbers of rounds are in brackets. The last column is a row with twice the scatter of the seven others.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from statistics import fmean

import numpy

from bench.running.plan import LEAST_ALONE, LEAST_ROUNDS
from bench.running.precision import reach
from bench.stats import relative

PRECISION = 0.02
SCATTERS = (0.013, 0.03, 0.05)
MOST = 99
OTHERS = 7
ROUGH = 2


def run(draw: numpy.random.Generator, scatters: Sequence[float], least: int) -> tuple[float, int]:
    """The share of rows which scatter as the first does whose last intervals hold the truth; and rounds."""
    rows: dict[str, dict[int, float]] = {str(row): {} for row in range(len(scatters))}
    weather: list[float] = []
    for rounds in range(1, MOST + 1):
        weather.append(draw.normal(0, 0.1) if len(scatters) > 1 else 0.0)
        for row, scatter in zip(rows.values(), scatters, strict=True):
            row[rounds] = math.exp(weather[-1] + draw.normal(0, scatter))
        if rounds < least:
            continue
        found = relative(rows)
        if all((reach(known) or math.inf) <= PRECISION for known in found.values()):
            break
    truth = math.exp(math.fsum(weather) / len(weather))
    alike = [known for known, scatter in zip(found.values(), scatters, strict=True) if scatter == scatters[0]]
    return fmean((known.low or 0.0) <= truth <= (known.high or math.inf) for known in alike), rounds


def cell(scatters: Sequence[float], least: int, runs: int) -> str:
    draw = numpy.random.default_rng([len(scatters), least, round(1e4 * scatters[0])])
    ended = [run(draw, scatters, least) for _ in range(runs // scatters.count(scatters[0]))]
    held, rounds = (fmean(each) for each in zip(*ended, strict=True))
    return f"{held:.1%} ({rounds:.1f})"


def table(runs: int) -> Iterator[str]:
    columns = [*(f"{scatter:.1%}" for scatter in SCATTERS), f"{ROUGH * SCATTERS[1]:.0%}, rough"]
    yield "| rounds | " + " | ".join(columns) + " |"
    yield "| --- |" + " --: |" * len(columns)
    for others, least in ((0, LEAST_ROUNDS), (0, LEAST_ALONE), (OTHERS, LEAST_ROUNDS)):
        scatters = [[scatter] * (1 + others) for scatter in SCATTERS]
        scatters.append([ROUGH * SCATTERS[1]] + [SCATTERS[1]] * others)
        company = f"among {1 + others} rows" if others else "alone"
        told = " | ".join(cell(each, least, runs) for each in scatters)
        yield f"| {company}, {least} at least | {told} |"


if __name__ == "__main__":
    for line in table(int(sys.argv[1]) if len(sys.argv) > 1 else 4000):
        print(line, flush=True)
