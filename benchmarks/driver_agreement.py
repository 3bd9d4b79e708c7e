"""Does a Flask app get the same figures from the default driver as from wrk? Both measure the same launch, in turn.

    python benchmarks/driver_agreement.py [PAIRS] [SECONDS]

One row that keeps connections, one that closes each after its answer, and Waitress; 64 connections, a core for the
server and one for the driver, the order within each pair drawn anew. Ratios of the default driver to wrk, with 95 %
intervals over the pairs (PAIRS, 10); server CPU is that of the whole tree, per response. Exit status 1: a throughput
differs.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from math import log
from pathlib import Path
from random import Random
from statistics import median

from bench import launch
from bench.drivers import Drive, driving
from bench.model import Load, Settings, Target, Window
from bench.rows.catalog import load_catalog
from bench.stats.ratios import paired_ratio

ROWS = ("gunicorn-gthread", "gunicorn", "waitress")
SETTINGS = Settings(workers=1, threads=4)
NAMES = ("locust", "wrk")
Pair = dict[str, Window]


def pairs(drives: dict[str, Drive], target: Target, load: Load, count: int) -> Iterator[Pair]:
    """Both drivers, one after the other, again and again; before that each once, to warm the server up."""
    draw = Random(target.name)
    for drive in drives.values():
        drive(target, load)
    for _ in range(count):
        yield {name: drives[name](target, load) for name in draw.sample(NAMES, len(NAMES))}


def ratio(measured: list[Pair], figure: Callable[[Window], float]) -> tuple[str, bool]:
    """In words, and whether it may be 1."""
    found = paired_ratio([log(figure(pair["locust"]) / figure(pair["wrk"])) for pair in measured])
    low, high = found.low or 0.0, found.high or 0.0
    return f"{found.value:.3f} ({low:.3f} .. {high:.3f})", low <= 1 <= high


def cost(window: Window) -> float:
    return window.server_cpu_per_response or 0.0


def main(count: int, seconds: float) -> int:
    known, load, agreed = load_catalog(), Load("agreement", connections=64, duration=seconds), True
    print("| row | connections | locust, /s | wrk, /s | throughput, ratio | server CPU per response, ratio | errors |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as logs, ExitStack() as stack:
        drives = {name: stack.enter_context(driving(name, cores=[1])) for name in NAMES}
        for row in ROWS:
            with launch.serving(known, known.servers[row], SETTINGS, log=Path(logs) / row, cores=[0]) as up:
                measured = list(pairs(drives, up.target, load, count))
            ours = [pair["locust"] for pair in measured]
            each = sum(window.opened or 0 for window in ours) / sum(window.responses for window in ours)
            kept = "one for each answer" if each > 0.5 else "kept"
            speeds = (f"{median(pair[name].throughput for pair in measured):,.0f}" for name in NAMES)
            words, same = ratio(measured, lambda window: window.throughput)
            wrong = sum(sum(window.errors.values()) for pair in measured for window in pair.values())
            print("|", " | ".join([row, kept, *speeds, words, ratio(measured, cost)[0], str(wrong)]), "|", flush=True)
            agreed &= same
    return int(not agreed)


if __name__ == "__main__":
    chosen = [float(word) for word in sys.argv[1:]]
    sys.exit(main(int(chosen[0]) if chosen else 10, chosen[1] if len(chosen) > 1 else 3.0))
