"""Is it worth while that rows take turns? Runs in slices beside runs with windows of a second, row after row.

    python benchmarks/schedule.py FOLDER [REPETITIONS] [ROW ...]

A repetition is three rounds of a `bench run` of the rows (default: 20 times @default): each round launches everything
anew, so that a run of nine is three repetitions. Beside the first, the same rows are measured one at a time, for as
long. What is in the folder already is not measured again, so this can be cut off and called again; with 1 repetition it
tells of the runs that are there. How long the second would have taken to come as far follows from the variance of its
rows' means, which falls with its time (Student's t of two rounds is thrice that of three, so intervals would not tell).
Seconds of load are those that the ranking rests on. Two repetitions contradict each other where each is sure of an
order of two rows that is the reverse of the other's; a swap is where one is sure and the other's figures stand the
other way round.
"""

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

from bench import journal, levels, stats, validity
from bench.journal import Journal
from bench.levels import Figure
from bench.model import Load, Record
from bench.rows.catalog import load_catalog
from bench.running.plan import LEAST_ROUNDS
from bench.stats.ranking import additive_fit
from bench.system import turn
from bench.verbs import measuring

ONE_SECOND = (Load("capacity", "a second, row after row", duration=1.0, windows=2),)


@dataclass(frozen=True)
class Outcome:
    """How far each believable row's interval reaches, what places are sure, and how long load and everything took.

    `struck` are the rows that are not believed, which are told of but have no figure. `variances` are those of rows'
    mean logarithms, in the mean.
    """

    reaches: Mapping[Figure, Mapping[str, float]]
    variances: Mapping[Figure, float]
    places: Mapping[Figure, Mapping[str, stats.Rank]]
    order: Mapping[Figure, Sequence[str]]
    struck: Mapping[str, str]
    load: float
    spent: float
    rounds: int

    def widest(self, figure: Figure) -> float:
        return max(self.reaches[figure].values(), default=math.inf)


def outcome(said: Journal) -> Outcome:
    """What a run came to."""
    tried: dict[str, list[Record]] = {}
    for record in said.records:
        tried.setdefault(record.trial.server, []).append(record)
    verdicts = validity.judge_all(tried, said.run)
    valid = {name: records for name, records in tried.items() if verdicts[name].valid}
    reaches: dict[Figure, Mapping[str, float]] = {}
    variances: dict[Figure, float] = {}
    places: dict[Figure, Mapping[str, stats.Rank]] = {}
    order: dict[Figure, Sequence[str]] = {}
    ranking = levels.ranking_loads(said.run.loads)
    for figure, load in ranking.items():
        found = levels.levels(valid, load, figure)
        places[figure] = stats.ranks(found, most_first=figure == "throughput")
        known = stats.relative(found)
        variances[figure] = variance(found)
        order[figure] = sorted(known, key=lambda name: known[name].value, reverse=figure == "throughput")
        reaches[figure] = {
            name: estimate.high / estimate.value - 1 if estimate.high else math.inf for name, estimate in known.items()
        }
    windows = [window for record in said.records for window in record.windows]
    return Outcome(
        reaches,
        variances,
        places,
        order,
        {name: verdict.word for name, verdict in verdicts.items() if not verdict.valid},
        sum(window.duration for window in windows if window.load in ranking.values()),
        max(window.started for window in windows) - min(record.started for record in said.records),
        len({record.trial.round for record in said.records}),
    )


def variance(rows: Mapping[str, Mapping[levels.At, float]]) -> float:
    """The variance of a row's mean logarithm beside the others, in the mean of the rows; NaN of a single round."""
    logs = {name: {at: math.log(value) for at, value in launches.items()} for name, launches in rows.items()}
    _, squares, freedom = additive_fit(logs)
    launches = statistics.fmean(map(len, logs.values()))
    return math.fsum(squares.values()) / freedom / launches if freedom else math.nan


def complete(folder: Path) -> list[Journal]:
    """The runs in a folder that came to their end."""
    found = (journal.read(path) for path in sorted(folder.glob(f"*/{journal.FILE}")))
    return [said for said in found if said.end == "complete"]


def repetitions(said: Journal) -> list[Journal]:
    """A run in as many parts as it has whole times the least rounds of one."""
    whole = (1 + max(record.trial.round for record in said.records)) // LEAST_ROUNDS
    parts: list[list[Record]] = [[] for _ in range(whole + 1)]
    for record in said.records:
        parts[min(record.trial.round // LEAST_ROUNDS, whole)].append(record)
    return [replace(said, records=tuple(part)) for part in parts[:whole]]


def in_slices(folder: Path, rows: Sequence[str], wanted: int) -> list[Journal]:
    """Runs of so many repetitions or more, those that are there already included."""
    while sum(map(len, map(repetitions, done := complete(folder)))) < wanted:
        command = [sys.executable, "-m", "bench", "run", *rows, "--results", str(folder), "--name", f"{len(done) + 1}"]
        said = subprocess.run(command, stdout=subprocess.DEVNULL)
        if said.returncode not in (0, 1):
            sys.exit(said.returncode)
    return done


def one_by_one(folder: Path, like: Journal) -> Journal:
    """The same rows, one at a time in whole windows, for as long as the other run has taken."""
    done = complete(folder)
    if not done:
        limit = outcome(like).spent
        run = replace(like.run, loads=ONE_SECOND, rounds=None, precision=1e-9, max_time=limit)
        with turn.taken("schedule.py"):
            if measuring.measure(folder / f"{time.strftime('%Y%m%dT%H%M%S')}-windows", run, load_catalog()):
                sys.exit(130)
        done = complete(folder)
    return done[0]


def contradictions(one: Outcome, other: Outcome, figure: Figure) -> Iterator[tuple[str, str]]:
    """Pairs of rows that are surely in one order in one run, and surely in the reverse order in the other."""
    yield from set(sure(one, figure)) & {pair[::-1] for pair in sure(other, figure)}


def swaps(one: Outcome, other: Outcome, figure: Figure) -> Iterator[tuple[str, str]]:
    """Pairs of rows that are surely in one order in one run, and stand the other way round in the other."""
    stands = {name: place for place, name in enumerate(other.order[figure])}
    return (pair for pair in sure(one, figure) if stands.keys() >= {*pair} and stands[pair[0]] > stands[pair[1]])


def sure(found: Outcome, figure: Figure) -> Iterator[tuple[str, str]]:
    """Pairs of rows of which the first is surely ahead."""
    places = found.places[figure]
    return (pair for pair in permutations(sorted(places), 2) if places[pair[0]][1] < places[pair[1]][0])


def told(name: str, found: Outcome) -> str:
    reaches = [
        f"{figure} ±{found.widest(figure):.1%} at most, ±{statistics.median(known.values()):.1%} typically"
        for figure, known in found.reaches.items()
        if known
    ]
    seconds = f"{found.load:.0f} s of load, {found.spent:.0f} s in all, {found.rounds} rounds"
    rows = f"{max(map(len, found.reaches.values()))} rows"
    struck = "".join(f", {row} is struck out ({word})" for row, word in found.struck.items())
    return f"{name}: {rows}{struck}; {seconds}; {'; '.join(reaches)}"


def main(folder: str, wanted: str = "20", *rows: str) -> int:
    like = repetitions(in_slices(Path(folder) / "slices", rows or ["@default"], 1)[0])[0]
    windows = outcome(one_by_one(Path(folder) / "windows", like))
    first = outcome(like)
    print(told("slices", first))
    print(told("windows", windows))
    for figure in first.reaches:
        needed = windows.load * windows.variances[figure] / first.variances[figure]
        print(f"{figure}: as precise, windows need {needed:.0f} s of load, {needed / first.load:.1f} times as much")
    runs = in_slices(Path(folder) / "slices", rows or ["@default"], int(wanted))
    for number, said in enumerate(runs, 1):
        print(told(f"run {number}", outcome(said)))
    compare([outcome(part) for said in runs for part in repetitions(said)])
    return 0


def compare(found: Sequence[Outcome]) -> None:
    """Say of each repetition how far it came, and how many rank alike: those that contradict no more than half."""
    unlike = swapped = 0
    for number, one in enumerate(found, 1):
        print(told(f"repetition {number}", one))
        differing = 0
        for other, against in enumerate(found, 1):
            pairs = [pair for figure in one.places for pair in contradictions(one, against, figure)]
            differing += bool(pairs)
            swapped += sum(1 for figure in one.places for _ in swaps(one, against, figure))
            for pair in pairs if other > number else ():
                print(f"  {' and '.join(pair)} are surely the other way round in repetition {other}")
        unlike += 2 * differing > len(found)
    certain = sum(len([*sure(one, figure)]) for one in found for figure in one.places) * max(1, len(found) - 1)
    print(f"{len(found) - unlike} of {len(found)} repetitions rank alike")
    print(f"{swapped} of {certain} orders that one was sure of are the other way round in the figures of another")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
