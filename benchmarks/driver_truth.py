"""Do drivers tell the truth? Each measures a server that keeps a log of what it really did; both stand side by side.

The truth of an open model is, for each answer, when its last byte was sent (the server's log) less when its question
was intended (the timetable, known from its seed), both on one clock; who asked first is what the kernel noted. Run it
on a quiet machine with two cores or more:

    python benchmarks/driver_truth.py [SECONDS] [ROUNDS]

SECONDS (15) is best a multiple of 5, the period of the stalls. The scenes take turns, ROUNDS (5) times, each with other
arrivals where these are random: quantiles are those of all rounds together, percentages those of the median round, but
beside perfect queues of all rounds. The queues get four times as long, as one wait is like the next. Exit status 1:
somewhere the default driver was off by more than 2 %.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, takewhile
from math import exp, factorial, floor
from pathlib import Path
from statistics import median
from typing import Literal

from bench.drivers import driving
from bench.drivers.open import timetable
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Target, Window

SOURCE = Path(__file__).with_name("driver_truth_server.c")
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
TOLERANCE = 0.02
QUEUES_LAST = 4


@dataclass(frozen=True)
class Scene:
    """A server's behaviour, in microseconds, and the arrivals it gets."""

    title: str
    rate: float
    arrivals: Literal["constant", "poisson"] = "constant"
    delay: int = 2000
    slow: int = 0
    every: int = 0
    period: int = 0
    stall: int = 0
    serial: int = 0
    gap: int = 0

    @property
    def words(self) -> list[str]:
        said = (self.delay, self.slow, self.every, self.period, self.stall, self.serial, self.gap)
        return [str(number) for number in said]


SCENES = (
    Scene("2 ms, always", 1000),
    Scene("2 ms, stall of 500 ms each 5 s", 1000, period=5_000_000, stall=500_000),
    Scene("2 ms, stall of 500 ms each 5 s", 5000, period=5_000_000, stall=500_000),
    Scene("1 ms, each 8th 50 ms", 1000, delay=1000, slow=50_000, every=8),
    Scene("one at a time, 200 µs each, 80 % busy (M/D/1)", 4000, "poisson", delay=200, serial=1),
    Scene("one at a time, 1 ms each, 80 % busy (M/D/1)", 800, "poisson", delay=1000, serial=1),
    Scene("byte by byte, 20 µs apart", 1000, delay=0, gap=20),
)
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


def truth(scene: Scene, window: Window, seed: int, log: Log) -> list[float]:
    """The latencies that users had, in rising order, seconds."""
    begun = window.started * 1e9
    last = window.duration * 1e9
    due = [begun + at for at in takewhile(lambda at: at < last, timetable(scene.rate, scene.arrivals, seed))]
    sent = [sent for _, read, sent in log.answers if read >= begun]
    return sorted((later - earlier) / 1e9 for earlier, later in zip(due, sent, strict=False))


def queued(scene: Scene, window: Window, seed: int) -> list[float]:
    """What the arrivals would have waited for a perfect server, in rising order, seconds (Lindley's recursion)."""
    due = takewhile(lambda at: at < window.duration * 1e9, timetable(scene.rate, scene.arrivals, seed))
    done, waits = 0.0, []
    for at in due:
        done = max(done, at) + scene.delay * 1e3
        waits.append((done - at) / 1e9)
    return sorted(waits)


def quantile(values: list[float], share: float) -> float:
    return values[max(int(share * len(values) + 0.5), 1) - 1]


def waiting(load: float, share: float) -> float:
    """The quantile of sojourn in an M/D/1 queue, in service times (Erlang's series; Tijms, A First Course, 9.6.2)."""

    def below(time: float) -> float:
        powers = ((load * (turn - time), turn) for turn in range(floor(time) + 1))
        return (1 - load) * sum(power**turn / factorial(turn) * exp(-power) for power, turn in powers)

    low, high = 0.0, 30.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < share else (low, middle)
    return low + 1


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.3f}"


def open_model(program: Path, scene: Scene, seconds: float, turn: int) -> Account:
    """One window of the open model, beside the server's log."""
    length = seconds * QUEUES_LAST if scene.serial else seconds
    load = Load("truth", connections=4096, duration=length, rate=scene.rate, arrivals=scene.arrivals)
    opening = Load("opening", connections=4096, duration=1.0, rate=scene.rate)
    with serving(program, scene) as (target, log), driving("locust", cores=[1]) as drive:
        # the driver draws the arrivals of a window from its number
        for _ in range(turn):
            drive(target, opening)
        window = drive(target, load)
    return Account(window, truth(scene, window, turn, log), queued(scene, window, turn) if scene.serial else [])


def compared(scene: Scene, accounts: Sequence[Account]) -> bool:
    """One scene's rows, all rounds together; whether the median round is near enough to the truth."""
    really = sorted(chain.from_iterable(account.really for account in accounts))
    told = Histogram().merge(*(account.told for account in accounts))
    lag = Histogram().merge(*(account.lag for account in accounts))
    exact = [milliseconds(quantile(really, share)) for share in SHARES.values()]
    row(scene.title, f"{scene.rate:g}/s", "truth", *exact, f"{len(really)} answers")
    ours = [told.quantile(share) or 0.0 for share in SHARES.values()]
    off = [median(ratio(account, share) for account in accounts) - 1 for share in SHARES.values()]
    asked = sum(account.window.sent or 0 for account in accounts)
    cells = (f"{milliseconds(said)} ({by:+.1%})" for said, by in zip(ours, off, strict=True))
    row("", "", "Locust", *cells, f"{asked} asked, late by {milliseconds(lag.quantile(0.99))} at p99")
    if scene.serial:
        service = scene.delay / 1e6
        perfect = sorted(chain.from_iterable(account.queued for account in accounts))
        row(
            "", "", "exact", *beside(ours, [quantile(perfect, share) for share in SHARES.values()]), "of these arrivals"
        )
        book = [waiting(scene.rate * service, share) * service for share in SHARES.values() if share < 1]
        row("", "", "textbook", *beside(ours, book), "-", "in the long run")
    faults = any(account.window.errors for account in accounts)
    return not faults and all(abs(by) <= TOLERANCE for by in off)


def beside(ours: Sequence[float], theirs: Sequence[float]) -> list[str]:
    """Other figures, and by how much the driver's exceed them."""
    return [f"{milliseconds(their)} ({our / their - 1:+.1%})" for our, their in zip(ours, theirs, strict=False)]


def ratio(account: Account, share: float) -> float:
    """What the driver says of a quantile, in terms of the truth."""
    return (account.told.quantile(share) or 0.0) / quantile(account.really, share)


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


def main(seconds: float, rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "server"
        subprocess.run([shutil.which("cc") or "gcc", "-O2", "-o", program, SOURCE], check=True)
        turns = [[open_model(program, scene, seconds, turn) for scene in SCENES] for turn in range(1, rounds + 1)]
        row("server", "arrivals", "", *(f"{name} (ms)" for name in SHARES), "")
        row(*["---"] * (4 + len(SHARES)))
        near = [compared(scene, accounts) for scene, *accounts in zip(SCENES, *turns, strict=True)]
        closed_model(program, SCENES[1], seconds)
    return 0 if all(near) else 1


if __name__ == "__main__":
    sys.exit(main(float((sys.argv[1:] or [15])[0]), int((sys.argv[2:] or [5])[0])))
