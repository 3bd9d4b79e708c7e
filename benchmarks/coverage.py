"""How often 95 % intervals hold the truth, counted on invented launches that scatter as real ones do.

    python benchmarks/coverage.py [RUNS]

Launches differ by a standard deviation of 1.3 % (the driver on the servers' core) or 3 % (apart); slices of one launch
by another 5 %, correlated over seconds. The tests count the same, less often.
"""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, median

import numpy

from bench.histogram import Histogram
from bench.judgement import Estimate
from bench.levels import Figure
from bench.model import Load
from bench.running.precision import Standing
from bench.running.shares import shares
from bench.stats import estimate, hierarchical, placeless, quantile, relative
from bench.stats.student import CONFIDENCE

ROUNDS = (3, 5, 10)
SCATTERS = (0.013, 0.03)
SLICES, NOISE, MEMORY = 20, 0.05, 0.7
RESPONSES, SPREAD = 300, 0.5
DRAWS = 200
ROWS = 8
MORE_ROWS, A_PLACE = 16, -0.003
LOADS = (Load("cost", slice=0.004, shared=True),)
ROUGH, TWICE = 3, 2

Launches = Sequence[Sequence[float]]
Method = Callable[[numpy.random.Generator, int, float], tuple[Estimate | None, float]]


def launches(draw: numpy.random.Generator, rounds: int, scatter: float, weather: Sequence[float] = ()) -> Launches:
    """Logarithms of what slices cost: the launch's luck, the round's, and noise that lasts for some slices."""
    shocks = draw.normal(0, NOISE * math.sqrt(1 - MEMORY**2), (rounds, SLICES))
    noise, found = draw.normal(0, NOISE, rounds), []
    luck = draw.normal(0, scatter, rounds) + (numpy.asarray(weather) if len(weather) else 0.0)
    for at in range(SLICES):
        noise = MEMORY * noise + shocks[:, at]
        found.append(luck + noise)
    return numpy.transpose(found).tolist()  # type: ignore[no-any-return]


def students(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """t over the launches' medians: what `estimate` does."""
    return estimate([1 + median(slices) for slices in launches(draw, rounds, scatter)]), 1.0


def whole_launches(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """Launches redrawn, t for the reach: what `hierarchical` does."""
    return hierarchical(launches(draw, rounds, scatter), fmean, draws=DRAWS), 0.0


def percentiles(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """The usual hierarchical bootstrap: launches redrawn, then slices within, and percentiles of what comes of it."""
    seen = numpy.array(launches(draw, rounds, scatter))
    means = [seen[at] for at in draw.integers(0, rounds, (DRAWS, rounds))]
    redrawn = [draw.choice(launch, SLICES, axis=1).mean() for launch in means]
    low, high = numpy.quantile(redrawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(seen.mean()), float(low), float(high)), 0.0


def pooled_slices(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """t over all slices, as if each were a launch: what most harnesses do with their windows."""
    return estimate([1 + value for slices in launches(draw, rounds, scatter) for value in slices]), 1.0


def among_others(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """A row's place among eight, after the rounds' common ups and downs of 10 %: what `relative` does."""
    weather = draw.normal(0, 0.1, rounds)
    rows = {
        str(row): {
            at: math.exp(median(slices)) for at, slices in enumerate(launches(draw, rounds, scatter, weather.tolist()))
        }
        for row in range(ROWS)
    }
    return relative(rows)["0"], math.exp(float(weather.mean()))


def rough_among_others(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """The same of a row that scatters more than the seven others."""
    weather = draw.normal(0, 0.1, rounds)
    rows = {
        str(row): dict(enumerate(numpy.exp(weather + draw.normal(0, scatter * (1 if row else TWICE), rounds)).tolist()))
        for row in range(ROWS)
    }
    return relative(rows)["0"], math.exp(float(weather.mean()))


def launched_in_turn(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """The same among sixteen, each launch of a round 0.3 % cheaper than the one before: what `placeless` takes off."""
    weather = draw.normal(0, 0.1, rounds)
    places = numpy.array([draw.permutation(MORE_ROWS) for _ in range(rounds)])
    seen: list[dict[str, tuple[int, float]]] = [{} for _ in range(rounds)]
    for row, taken in enumerate(places.T):
        moved = weather + A_PLACE * (taken - (MORE_ROWS - 1) / 2)
        for at, slices in enumerate(launches(draw, rounds, scatter, moved.tolist())):
            seen[at][str(row)] = (int(taken[at]), math.exp(median(slices)))
    found = placeless(seen)
    rows = {name: {at: launched[name] for at, launched in enumerate(found)} for name in seen[0]}
    return relative(rows)["0"], math.exp(float(weather.mean()))


def slices_by_need(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """Among eight, of a row whose slices scatter thrice as much, and which has the more of them for it: `shares`."""
    weather = draw.normal(0, 0.1, rounds)
    rows: dict[str, dict[int, float]] = {str(row): {} for row in range(ROWS)}
    for at in range(rounds):
        known: dict[str, dict[Figure, Estimate]] = {}
        if at:
            known = {name: {"cost": found} for name, found in relative(rows).items()}
        due = shares(Standing(at - 1, known), LOADS, LOADS[0])
        for name, values in rows.items():
            noise = NOISE * (ROUGH if name == "0" else 1) / math.sqrt(SLICES * due.get(name, 1))
            values[at] = math.exp(weather[at] + draw.normal(0, math.hypot(scatter, noise)))
    return relative(rows)["0"], math.exp(float(weather.mean()))


def moved_by_half(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
    """Among eight, of a row that feels only half of the rounds' ups and downs: what `line` is for."""
    weather = draw.normal(0, 0.15, rounds)
    rows = {
        str(row): {
            at: math.exp(median(slices))
            for at, slices in enumerate(launches(draw, rounds, scatter, (weather * (1 if row else 0.5)).tolist()))
        }
        for row in range(ROWS)
    }
    return relative(rows)["0"], math.exp(0.5 * float(weather.mean()))


def sections(share: float) -> Method:
    """The quantile of merged histograms, launches as sections: what `quantile` does."""
    above = {0.5: 0.0, 0.9: 1.2815515655, 0.99: 2.3263478740}[share]

    def found(draw: numpy.random.Generator, rounds: int, scatter: float) -> tuple[Estimate | None, float]:
        centres = math.log(1000) + draw.normal(0, scatter, (rounds, 1))
        times = draw.lognormal(centres, SPREAD, (rounds, RESPONSES)).round().astype(int)
        counted = [Histogram.of((int(time), 1) for time in launch) for launch in times]
        return quantile(counted, share), 1e-3 * math.exp(math.hypot(SPREAD, scatter) * above)

    return found


METHODS: dict[str, Method] = {
    "Student's t over launches (`estimate`)": students,
    "launches redrawn, t for the reach (`hierarchical`)": whole_launches,
    "among 8 rows, rounds taken off (`relative`)": among_others,
    "among 16 rows, places taken off as well (`placeless`)": launched_in_turn,
    "among 8 rows, one that scatters twice as much (`relative`)": rough_among_others,
    "among 8 rows, a rough one with slices by need (`shares`)": slices_by_need,
    "among 8 rows, one that rounds move by half (`line`)": moved_by_half,
    "median latency by sections (`quantile`)": sections(0.5),
    "p90 by sections (`quantile`)": sections(0.9),
    "p99 by sections (`quantile`)": sections(0.99),
    "*launches, then slices redrawn, percentiles*": percentiles,
    "*t over all slices*": pooled_slices,
}


def coverage(method: Method, rounds: int, scatter: float, runs: int) -> float:
    """The share of runs whose interval holds the truth."""
    draw, held = numpy.random.default_rng([rounds, round(1e4 * scatter)]), 0
    for _ in range(runs):
        found, truth = method(draw, rounds, scatter)
        if found is None or found.low is None or found.high is None:
            raise ValueError(f"no interval from {rounds} rounds")
        held += found.low <= truth <= found.high
    return held / runs


def table(runs: int) -> Iterator[str]:
    columns = [(rounds, scatter) for scatter in SCATTERS for rounds in ROUNDS]
    yield "| interval | " + " | ".join(f"{rounds} rounds, {100 * scatter:g} %" for rounds, scatter in columns) + " |"
    yield "| --- |" + " --: |" * len(columns)
    for name, method in METHODS.items():
        shares = [coverage(method, rounds, scatter, runs) for rounds, scatter in columns]
        yield f"| {name} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"


if __name__ == "__main__":
    for line in table(int(sys.argv[1]) if len(sys.argv) > 1 else 4000):
        print(line, flush=True)
