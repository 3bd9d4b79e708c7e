"""Do drivers tell the truth? Each measures a server that keeps a log of what it really did; both stand side by side.

The truth of an open model is, for each answer, when its last byte was sent (the server's log) less when its question
was intended (the timetable, known from its seed), both on one clock; who asked first is what the kernel noted. Run it
on a quiet machine with two cores or more:

    python benchmarks/driver_truth.py [SECONDS] [ROUNDS] [WORD]

SECONDS (15) is best a multiple of 5, the period of the stalls. The scenes take turns, ROUNDS (5) times, a window each;
queues 12 windows of a third, each with other arrivals (such as are typical together: typical_arrivals.py): while the
machine stands still nothing is a perfect queue, and that spoils few short windows. Quantiles are those of all windows
together, percentages those of the median window, but of all beside the textbook. With WORD only scenes with it in their
titles are played. Exit status 1: somewhere the default driver was off by more than 2 %.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from statistics import median

import perfect_queue
import typical_arrivals
from truth_scenes import SCENES, Scene
from typical_arrivals import Queue

from bench.drivers import driving
from bench.drivers.open import timetable
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Target, Window

SOURCE = Path(__file__).with_name("driver_truth_server.c")
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
TOLERANCE = 0.02
QUEUES, PART = 12, 3
"""Windows of a queue in a round, and how many of them are as long as one of others."""
CLOSED = ("locust", "wrk", "h2load", "ab", "hey", "siege", "autocannon")


class Log:
    """What a server has done: when each question came, was read and was answered; in nanoseconds, as they came."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, ...]] = []


@contextmanager
def serving(program: Path, scene: Scene) -> Iterator[tuple[Target, Log]]:
    """The server on a core of its own; its log is complete after the block."""
    log = Log()
    with subprocess.Popen([program, *scene.words], stdout=subprocess.PIPE, text=True) as process:
        pin(process.pid, 0)
        said = process.stdout or iter(())
        url = f"http://127.0.0.1:{next(said).strip()}"
        try:
            yield Target(scene.title, url, process.pid), log
        finally:
            process.terminate()
            log.answers = sorted(tuple(map(int, line.split())) for line in said)


def pin(pid: int, core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {sorted(os.sched_getaffinity(0))[core]})


@dataclass(frozen=True)
class Account:
    """What one window's users really waited, would have waited for a perfect queue, and what the driver says of it.

    In rising order, seconds.
    """

    window: Window
    really: list[float]
    queued: list[float]

    @property
    def told(self) -> Histogram:
        return Histogram.decode(self.window.latency or "")

    @property
    def lag(self) -> Histogram:
        return Histogram.decode(self.window.lag or "")


def truth(due: list[float], window: Window, answers: Iterable[tuple[int, ...]]) -> list[float]:
    """The latencies that users had, in rising order, seconds; what other windows asked is left out."""
    begun, ended = window.started * 1e9, (window.started + window.duration) * 1e9
    sent = [sent for _, read, sent in answers if begun <= read <= ended]
    return sorted((later - begun - at) / 1e9 for at, later in zip(due, sent, strict=False))


def intended(scene: Scene, window: Window, seed: int) -> list[float]:
    """When each question of a window was due, in nanoseconds from its beginning."""
    return list(islice(timetable(scene.rate, scene.arrivals, seed), window.sent))


def quantile(values: list[float], share: float) -> float:
    return values[max(int(share * len(values) + 0.5), 1) - 1]


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.3f}"


def open_model(program: Path, scene: Scene, seconds: float, numbers: range) -> list[Account]:
    """Windows of the open model, one after the other, beside the server's log."""
    load = Load("truth", connections=4096, duration=seconds, rate=scene.rate, arrivals=scene.arrivals)
    opening = Load("opening", connections=4096, duration=1.0, rate=scene.rate)
    with serving(program, scene) as (target, log), driving("locust", cores=[1]) as drive:
        # the driver draws the arrivals of a window from its number
        for skipped in range(numbers.start):
            drive(target, replace(opening, duration=0.05) if skipped else opening)
        windows = [drive(target, load) for _ in numbers]
    return [account(scene, window, number, log) for window, number in zip(windows, numbers, strict=True)]


def account(scene: Scene, window: Window, number: int, log: Log) -> Account:
    due = intended(scene, window, number)
    waits = perfect_queue.waits(due, scene.delay * 1e3) if scene.serial else []
    return Account(window, truth(due, window, log.answers), sorted(wait / 1e9 for wait in waits))


def compared(scene: Scene, accounts: Sequence[Account]) -> bool:
    """One scene's rows, all rounds together; whether the median round is near enough to the truth."""
    really = sorted(chain.from_iterable(account.really for account in accounts))
    told = Histogram().merge(*(account.told for account in accounts))
    lag = Histogram().merge(*(account.lag for account in accounts))
    exact = [milliseconds(quantile(really, share)) for share in SHARES.values()]
    row(scene.title, f"{scene.rate:g}/s", "truth", *exact, f"{len(really)} answers")
    ours = [told.quantile(share) or 0.0 for share in SHARES.values()]
    off = [median(ratio(account.told, share, account.really) for account in accounts) - 1 for share in SHARES.values()]
    asked = sum(account.window.sent or 0 for account in accounts)
    cells = (f"{milliseconds(said)} ({by:+.1%})" for said, by in zip(ours, off, strict=True))
    row("", "", "Locust", *cells, f"{asked} asked, late by {milliseconds(lag.quantile(0.99))} at p99")
    if scene.serial:
        beside_queues(scene, accounts, told)
    faults = any(account.window.errors for account in accounts)
    return not faults and all(abs(by) <= TOLERANCE for by in off)


def beside_queues(scene: Scene, accounts: Sequence[Account], told: Histogram) -> None:
    """Rows of what a perfect server makes of these arrivals, held against each window, and of all, against all."""
    service = scene.delay / 1e6
    perfect = sorted(chain.from_iterable(account.queued for account in accounts))
    cells, book = [], []
    for share in SHARES.values():
        off = median(ratio(account.told, share, account.queued) for account in accounts) - 1
        cells.append(f"{milliseconds(quantile(perfect, share))} ({off:+.1%})")
        if share < 1:
            ever = perfect_queue.quantile(scene.rate * service, share) * service
            off = (told.quantile(share) or 0.0) / ever - 1
            book.append(f"{milliseconds(ever)} ({off:+.1%})")
    row("", "", "exact", *cells, "of these arrivals")
    row("", "", "textbook", *book, "-", "in the long run")


def ratio(told: Histogram, share: float, values: list[float]) -> float:
    """What the driver says of a quantile, in terms of the truth."""
    return (told.quantile(share) or 0.0) / quantile(values, share)


def closed_model(program: Path, scene: Scene, seconds: float) -> None:
    """What closed loops make of the same stall."""
    for name in CLOSED:
        if name != "locust" and not shutil.which(name):
            continue
        try:
            with serving(program, scene) as (target, _), driving(name, cores=[1]) as drive:
                window = drive(target, Load("closed", connections=64, duration=seconds))
        except DriverError as problem:
            print(problem, file=sys.stderr)
            continue
        told = dict(window.latency_quantiles)
        if window.latency:
            histogram = Histogram.decode(window.latency)
            told = {name.replace(".", ""): histogram.quantile(share) or 0.0 for name, share in SHARES.items()}
        cells = (milliseconds(told.get(name.replace(".", ""))) for name in SHARES)
        row(scene.title, "closed, 64", name, *cells, f"{window.throughput:,.0f}/s")


def played(program: Path, scene: Scene, seconds: float, turn: int, turns: int) -> list[Account]:
    """The windows of one scene in one round of so many."""
    if not scene.serial:
        return open_model(program, scene, seconds, range(turn + 1, turn + 2))
    queue = Queue(scene.rate, scene.delay / 1e6, seconds / PART)
    start = typical_arrivals.first(queue, QUEUES * turns) + turn * QUEUES
    return open_model(program, scene, queue.window, range(start, start + QUEUES))


def main(seconds: float, rounds: int, word: str) -> int:
    scenes = [scene for scene in SCENES if word in scene.title]
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "server"
        subprocess.run([shutil.which("cc") or "gcc", "-O2", "-o", program, SOURCE], check=True)
        turns = [[played(program, scene, seconds, turn, rounds) for scene in scenes] for turn in range(rounds)]
        row("server", "arrivals", "", *(f"{name} (ms)" for name in SHARES), "")
        row(*["---"] * (4 + len(SHARES)))
        near = [compared(scene, list(chain(*accounts))) for scene, *accounts in zip(scenes, *turns, strict=True)]
        if not word:
            closed_model(program, SCENES[1], seconds)
    return 0 if all(near) else 1


if __name__ == "__main__":
    seconds, rounds, word = (*sys.argv[1:], *("15", "5", "")[len(sys.argv) - 1 :])
    sys.exit(main(float(seconds), int(rounds), word))
