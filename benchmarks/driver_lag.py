"""How late does the driver ask at 5,000 requests/s, and is it the driver or the machine that makes it late?

Windows of the driver and of a bare loop (64 blocking sockets, the clock, nothing else) take turns on one core; nginx
has the other. Windows are grouped by what the hypervisor took of that core meanwhile, as the kernel counts it (steal):
only where it took nothing the core was an idle one, and the lag the driver's own.

    python benchmarks/driver_lag.py [WINDOWS] [SECONDS]      (on Linux)

Exit status 1: with an idle core the driver's lag was a millisecond or more at p99 in the median window.
"""

import os
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from driver_capacity import nginx
from driver_floor import REQUEST
from driver_truth import SHARES, milliseconds, row

from bench.drivers import driving
from bench.histogram import Histogram
from bench.model import Load, Target

RATE, CONNECTIONS, CORE = 5000, 64, 1
TAKEN = {"nothing": 0.0, "up to 1 %": 0.01, "up to 3 %": 0.03, "more": 1.0}
"""Groups of windows by the share of the core's time that was stolen; the kernel counts hundredths of a second."""
BOUND = 1e-3


@dataclass(frozen=True)
class Lateness:
    """One window: the quantiles of its lag in seconds and the share of the core's time that was stolen."""

    quantiles: list[float]
    taken: float

    @property
    def group(self) -> str:
        return next(name for name, most in TAKEN.items() if self.taken <= most)


def stolen() -> float:
    """Seconds that the hypervisor has had of the core so far."""
    line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{CORE} "))
    return int(line.split()[8]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def bare(target: Target, seconds: float) -> Iterator[Callable[[], Histogram]]:
    """A window of the least that any sender must do: wait by watching the clock, take the old answer, ask anew."""
    parts = urlsplit(target.url)
    with ExitStack() as stack:
        connect = partial(socket.create_connection, (parts.hostname, parts.port))
        plugs = [stack.enter_context(connect()) for _ in range(CONNECTIONS)]
        for plug in plugs:
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plug.sendall(REQUEST)
        yield lambda: asking(plugs, seconds)


def asking(plugs: list[socket.socket], seconds: float) -> Histogram:
    """How late each question was."""
    lag, begun = Histogram(), time.perf_counter()
    for number in range(int(seconds * RATE)):
        plug, due = plugs[number % CONNECTIONS], begun + number / RATE
        while (now := time.perf_counter()) < due:
            pass
        lag.record(round((now - due) * 1e6))
        plug.recv(4096)
        plug.sendall(REQUEST)
    return lag


def watched(window: Callable[[], Histogram], seconds: float) -> Lateness:
    before = stolen()
    lag = window()
    return Lateness([lag.quantile(share) or 0.0 for share in SHARES.values()], (stolen() - before) / seconds)


def measure(windows: int, seconds: float) -> dict[str, list[Lateness]]:
    load = Load("lag", connections=CONNECTIONS, duration=seconds, rate=RATE)
    found = defaultdict(list)
    with nginx() as target, driving("locust", cores=[CORE]) as drive, bare(target, seconds) as plain:
        os.sched_setaffinity(0, {CORE})
        drive(target, Load("opening", connections=CONNECTIONS, duration=1.0, rate=RATE))
        ways = {"Locust": lambda: Histogram.decode(drive(target, load).lag or ""), "bare loop": plain}
        for _ in range(windows):
            for name, window in ways.items():
                found[name].append(watched(window, seconds))
    return found


def tell(found: dict[str, list[Lateness]]) -> None:
    row("taken from the core", "", "windows", *(f"{name} (ms)" for name in SHARES))
    row(*["---"] * (3 + len(SHARES)))
    for group in TAKEN:
        for name, all_windows in found.items():
            windows = [window.quantiles for window in all_windows if window.group == group]
            if windows:
                row(group, name, len(windows), *(milliseconds(median(values)) for values in zip(*windows, strict=True)))


def main(windows: int, seconds: float) -> int:
    found = measure(windows, seconds)
    tell(found)
    idle = [window.quantiles[list(SHARES).index("p99")] for window in found["Locust"] if window.group == "nothing"]
    if not idle:
        print("The hypervisor left the core alone in no window.", file=sys.stderr)
    return 0 if idle and median(idle) < BOUND else 1


if __name__ == "__main__":
    windows, seconds = (*sys.argv[1:], *("120", "1")[len(sys.argv) - 1 :])
    sys.exit(main(int(windows), float(seconds)))
