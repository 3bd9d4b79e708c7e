"""What is the least that the driver sees? At 100 requests/s a server that answers at once shows the driver's own part.

Beside the driver stand a bare socket in a loop that does nothing else, and the server's own log: what is above that is
the way back, the waking up and the reading. Run it on a quiet machine with two cores or more:

    python benchmarks/driver_floor.py [SECONDS]
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import pstdev
from urllib.parse import urlsplit

from driver_truth import SOURCE, intended, milliseconds, quantile, row, serving, truth
from truth_scenes import Scene

from bench.drivers import driving
from bench.histogram import Histogram
from bench.model import Load, Target

RATE = 100.0
SCENE = Scene("answers at once", RATE, delay=0)
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def bare(target: Target, seconds: float) -> list[float]:
    """Round trips of one blocking socket, asked at the same rate."""
    parts = urlsplit(target.url)
    trips = []
    with socket.create_connection((parts.hostname, parts.port)) as plug:
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(int(seconds * RATE)):
            time.sleep(1 / RATE)
            began = time.perf_counter()
            plug.sendall(REQUEST)
            plug.recv(4096)
            trips.append(time.perf_counter() - began)
    return sorted(trips)


def tell(name: str, values: list[float], least: float, note: str = "") -> None:
    row(name, milliseconds(least), *(milliseconds(quantile(values, share)) for share in SHARES.values()), note)


def main(seconds: float) -> int:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "server"
        subprocess.run([shutil.which("cc") or "gcc", "-O2", "-o", program, SOURCE], check=True)
        with serving(program, SCENE) as (target, log), driving("locust", cores=[1]) as drive:
            drive(target, Load("opening", connections=8, duration=1.0, rate=RATE))
            window = drive(target, Load("floor", connections=8, duration=seconds, rate=RATE))
            trips = bare(target, seconds)
    answers = truth(intended(SCENE, window, 1), window, log.answers)
    told, lag = Histogram.decode(window.latency or ""), Histogram.decode(window.lag or "")
    values = [told.quantile(share) or 0.0 for share in SHARES.values()]
    row("", "least (ms)", *(f"{name} (ms)" for name in SHARES), "")
    row(*["---"] * 7)
    tell("the server's log", answers, answers[0], f"spread {milliseconds(pstdev(answers))}")
    late = f"late by {milliseconds(lag.quantile(0.99))} at p99"
    row("Locust", milliseconds(told.minimum), *map(milliseconds, values), late)
    tell("a bare socket", trips, trips[0], f"spread {milliseconds(pstdev(trips))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0))
