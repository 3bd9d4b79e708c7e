"""How often does the gate cry wolf, and what does it miss? Real rounds and gates on injected slowdowns, stored.

    python benchmarks/gate_power.py rounds FILE [SECONDS]          go on measuring rounds of every condition, in turn
    python benchmarks/gate_power.py gates FILE [SECONDS [ONLY …]]  go on carrying out whole gates of every condition, or
                                                                   of these: 0, 2, 0-noisy … (per cent of slowdown)
    python benchmarks/gate_power.py figures FILE [GATES [ONLY …]]  print what FILE holds, and GATES resampled

FILE grows by a line a round or gate, so that any command may be interrupted, and repeated for hours; `figures` tells of
what there is so far, also while another is measuring. The slowdown is a loop in a Flask app under Gunicorn, sized by
measuring what a much longer one costs. The noisy neighbour is two processes, each busy for some milliseconds, again and
again, at random. Seconds in the table are of load, over all launches of a gate. Slowdowns are resampled in two ways:
from rounds of the slowed app, and from rounds of identical code in which head is made dearer afterwards.
"""

import math
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec
import slowed_apps
from resampled_gates import concluded, resampled

from bench import decision, gate
from bench.aim import Aim
from bench.contest import Round
from bench.gate import Arena, Pace
from bench.pairing import log_ratio
from bench.system import turn


@dataclass(frozen=True)
class Condition:
    """How much more CPU head's app burns, as a share, and whether somebody else is busy meanwhile."""

    slowdown: float
    noisy: bool

    @property
    def promised(self) -> float:
        """Seconds of load within which it must be found."""
        return 60.0 if self.slowdown == 0.02 and not self.noisy else 180.0

    @property
    def short(self) -> str:
        return f"{100 * self.slowdown:g}{'-noisy' * self.noisy}"


CONDITIONS = [Condition(slowdown, noisy) for slowdown in (0.0, 0.01, 0.02) for noisy in (False, True)]


@dataclass(frozen=True)
class Line:
    """One line of the file: a calibration, a round, or the end of a whole gate."""

    turn_cost: float | None = None
    condition: Condition | None = None
    round: Round | None = None
    word: str | None = None
    rounds: int | None = None
    load_time: float | None = None
    effect: float | None = None


def read(path: Path) -> list[Line]:
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [msgspec.json.decode(line, type=Line) for line in lines]


def append(path: Path, line: Line) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(msgspec.json.encode(line) + b"\n")


def calibrated(path: Path) -> float:
    """The share of CPU per response that one turn of the loop adds; measured once, then read from the file."""
    known = [line.turn_cost for line in read(path) if line.turn_cost is not None]
    if known:
        return known[-1]
    cost, error = slowed_apps.turn_cost()
    append(path, Line(turn_cost=cost))
    print(f"a turn of the loop costs {cost:.2e} of a response, give or take {error / cost:.1%}")
    return cost


@contextmanager
def pitched(condition: Condition, cost: float) -> Iterator[Arena]:
    """Head against base, so much slower and in such company, for the length of a block."""
    with (
        slowed_apps.apps(round(condition.slowdown / cost)) as (base, head),
        slowed_apps.neighbours(2 * condition.noisy),
        gate.arena(base, head, time.time_ns(), Pace()) as arena,
    ):
        yield arena


def chosen(only: Sequence[str]) -> list[Condition]:
    return [condition for condition in CONDITIONS if not only or condition.short in only]


def rounds(path: Path, until: float) -> None:
    cost = calibrated(path)
    have = Counter(line.condition for line in read(path) if line.round)
    while time.monotonic() < until:
        condition = min(CONDITIONS, key=lambda each: have[each])
        with pitched(condition, cost) as arena:
            for _ in range(4):
                if time.monotonic() < until:
                    append(path, Line(condition=condition, round=arena.conduct()))
                    have[condition] += 1


def gates(path: Path, until: float, *only: str) -> None:
    cost = calibrated(path)
    wanted = chosen(only)
    have = Counter(line.condition for line in read(path) if line.word)
    while time.monotonic() < until:
        condition = min(wanted, key=lambda each: have[each])
        with pitched(condition, cost) as arena:
            answer = concluded(aim(condition), partial(kept, path, condition, arena))
        effect = answer.effect.value if answer.effect else None
        append(path, Line(None, condition, None, answer.word, answer.rounds, answer.load_time, effect))
        have[condition] += 1
        print(f"{told(condition)}: {answer.word}, {answer.rounds} rounds, {answer.load_time:.0f} s of load", flush=True)


def kept(path: Path, condition: Condition, arena: Arena) -> Round:
    """A round, stored as well, so that it can be resampled."""
    measured = arena.conduct()
    append(path, Line(condition=condition, round=measured))
    return measured


def aim(condition: Condition) -> Aim:
    return Aim(detect=0.01) if condition.slowdown == 0.01 else Aim()


def told(condition: Condition) -> str:
    what = f"{condition.slowdown:.0%} more CPU" if condition.slowdown else "identical"
    return f"{what}, {'a noisy neighbour' if condition.noisy else 'quiet'}"


def row(name: str, condition: Condition, answers: list[tuple[str, float]]) -> str:
    words = Counter(word for word, _ in answers)
    loads = sorted(load for _, load in answers)
    share = " | ".join(f"{words[word]}" for word in ("slower", "not slower", "undecided"))
    p95 = loads[math.ceil(0.95 * len(loads)) - 1]
    found = sum(word == "slower" and load <= condition.promised for word, load in answers)
    timely = f"{found / len(answers):.1%} in {condition.promised:.0f}" if condition.slowdown else ""
    times = f"{statistics.median(loads):.0f} | {p95:.0f}"
    return f"| {name}: {told(condition)} | {len(answers)} | {share} | {timely} | {times} |"


def figures(path: Path, gates: int, *only: str) -> None:
    lines = read(path)
    print("| gates | of them | slower | not slower | undecided | found in (s) | load, median (s) | 95 % within (s) |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for condition in chosen(only):
        ended = [line for line in lines if line.word and line.condition == condition]
        if ended:
            answers = [(line.word or "", line.load_time or 0.0) for line in ended]
            print(row("real", condition, answers), flush=True)
    for condition in chosen(only) if gates else ():
        for alike in (True, False) if condition.slowdown else (True,):
            origin = replace(condition, slowdown=0.0) if alike else condition
            pool = [line.round for line in lines if line.round and line.condition == origin]
            if len(pool) >= decision.PILOT:
                drawn = resampled(pool, aim(condition), gates, condition.slowdown if alike else None)
                answers = [(each.word, each.load_time) for each in drawn]
                print(row(described(pool, alike), condition, answers), flush=True)


def described(pool: Sequence[Round], alike: bool) -> str:
    """What gates were resampled from; in rounds of identical code head was made dearer afterwards."""
    ratios = [log_ratio(each, "cpu") for each in pool]
    error = statistics.stdev(ratios) / math.sqrt(len(ratios))
    effect = "identical" if alike else f"{math.expm1(statistics.fmean(ratios)):+.2%} ± {error:.2%}"
    return f"resampled from {len(pool)} rounds ({effect}, scatter {decision.scatter(pool, 'cpu'):.2%})"


def main(verb: str, file: str, amount: str = "200", *only: str) -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    if verb == "figures":
        figures(Path(file), int(amount), *only)
        return
    with turn.taken("gate_power.py"):
        until = time.monotonic() + float(amount)
        if verb == "rounds":
            rounds(Path(file), until)
        else:
            gates(Path(file), until, *only)


if __name__ == "__main__":
    main(*sys.argv[1:])
