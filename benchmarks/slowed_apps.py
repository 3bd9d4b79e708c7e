"""A Flask app that burns a little more CPU than another, what a turn of its loop costs, and noisy neighbours."""

import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from bench import gate
from bench.gate import Pace, Side
from bench.pairing import log_ratio
from bench.rows import builds
from bench.rows.catalog import load_catalog
from bench.rows.guest import Guest

APP = """
from itertools import repeat

from flask import Flask

app = Flask(__name__)


def burn():
    for _ in repeat(None, {burn}):
        pass


@app.get("/")
def home():
    burn()
    return "Hello World!"
"""
NEIGHBOUR = """
import os, random, time
ours = os.getppid()
while os.getppid() == ours:
    until = time.perf_counter() + random.uniform(0.001, 0.03)
    while time.perf_counter() < until:
        pass
    time.sleep(random.expovariate(1 / 0.05))
"""
LONG = 20_000
"""Turns of the loop by which the shorter ones are sized."""
CALIBRATION = 6
"""Rounds that this takes."""


@contextmanager
def apps(burn: int) -> Iterator[list[Side]]:
    """Base and head as folders of a real app, head burning so many turns of a loop."""
    with tempfile.TemporaryDirectory(prefix="bench-power-") as folder:
        places = [Path(folder) / name for name in ("base", "head")]
        for place, turns in zip(places, (0, burn), strict=True):
            place.mkdir()
            (place / "app.py").write_text(APP.format(burn=turns))
        known = replace(load_catalog(), insisted=frozenset({"workers", "threads"}))
        visitor = Guest("app:app", Path.cwd(), "wsgi")
        with builds.prepared(known, ["gunicorn"], [*map(str, places)], visitor, "", lambda line: None) as contests:
            yield contests["gunicorn"]


@contextmanager
def neighbours(number: int) -> Iterator[None]:
    """So many processes that are busy now and then, for the length of a block."""
    with ExitStack() as stack:
        for _ in range(number):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", NEIGHBOUR]))
            stack.callback(process.kill)
        yield


def turn_cost() -> tuple[float, float]:
    """The share of CPU per response that one turn of the loop adds, and the standard error of that share."""
    with apps(LONG) as (base, head), gate.arena(base, head, time.time_ns(), Pace(slices=0.5, steady=0)) as arena:
        ratios = [log_ratio(arena.conduct(), "cpu") for _ in range(CALIBRATION)]
    error = statistics.stdev(ratios) / math.sqrt(len(ratios))
    return math.expm1(statistics.fmean(ratios)) / LONG, error / LONG
