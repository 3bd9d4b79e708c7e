"""How quiet are slices? Two launches of the same row, slice by slice in turn, on one core with the driver and apart.

    python benchmarks/slices.py [ROW] [LAUNCHES] [SECONDS] [CONNECTIONS] [SLICE]

They are equal, so the logarithm of their ratio should be 0. Within a pair of launches, its median over blocks has a
standard error, which more load makes smaller; between pairs of launches it scatters, however long they are loaded.
"""

import math
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from bench import drivers, launch, machine
from bench.catalog import load_catalog
from bench.model import Load, Settings, Slices, Window

SETTINGS = Settings(workers=1, threads=1)


def ratios(one: Slices, other: Slices, figure: str) -> list[float]:
    """The logarithm of how much more a response cost under one than under the other, block by block."""
    pairs = zip(getattr(one, figure), one.responses, getattr(other, figure), other.responses, strict=True)
    return [math.log((first / answers) / (second / others)) for first, answers, second, others in pairs]


def error_of_median(values: Sequence[float]) -> float:
    """Its standard error, by drawing the values anew, again and again."""
    draw = Random(1)
    return statistics.stdev(statistics.median(draw.choices(values, k=len(values))) for _ in range(400))


def switch(windows: Sequence[Window], wall: float) -> float:
    """Seconds between a slice's last answer and the next one's first question, on average."""
    count = sum(len(window.slices.wall) for window in windows if window.slices)
    return (wall - sum(window.duration for window in windows)) / count


def main(
    row: str = "gunicorn", launches: str = "6", seconds: str = "20", connections: str = "64", cut: str = "0.02"
) -> int:
    known, here, load = load_catalog(), machine.probe(), Load("slices", connections=int(connections))
    servers, apart = here.server_cores, here.driver_cores
    found: dict[tuple[str, str], list[float]] = {}
    print("pair  driver   figure  log-ratio  error of median  blocks  switch")
    with drivers.driving("locust", apart) as drive, tempfile.TemporaryDirectory() as logs:
        slicer = drivers.slicer(drive) or sys.exit("this driver has no slices here.")
        for pair in range(int(launches)):
            with ExitStack() as stack:
                targets = [
                    stack.enter_context(
                        launch.serving(
                            known,
                            known.servers[row],
                            SETTINGS,
                            log=Path(logs) / f"{pair}{side}",
                            cores=servers,
                            seed=Random(f"{pair}{side}").getrandbits(32),
                        )
                    ).target
                    for side in "ab"
                ]
                for _ in range(3):
                    for target in targets:
                        drive(target, load)
                for place, cores in (("shared", servers), ("apart", apart)):
                    one, other = slicer.slices(
                        targets, load, length=float(cut), blocks=10**6, seed=pair, cores=cores, limit=float(seconds)
                    )
                    assert one.slices and other.slices
                    for figure in ("server_cpu", "wall"):
                        values = ratios(one.slices, other.slices, figure)
                        found.setdefault((place, figure), []).append(statistics.median(values))
                        print(
                            f"{pair:4}  {place:7}  {figure:10}  {statistics.median(values):+8.2%}  {error_of_median(values):8.2%}  {len(values):6}  {1e3 * switch((one, other), float(seconds)):.2f} ms  {1e6 * getattr(one, 'duration') / one.responses:.0f} us wall, {1e6 * (one.server_cpu or 0) / one.responses:.0f} us cpu, idle {one.slices.idle:.4f} {one.driver_busy:.2f} {one.errors}"
                        )
    for (place, figure), medians in found.items():
        if len(medians) > 1:
            print(f"{place}, {figure}: pairs of launches scatter by {statistics.stdev(medians):.2%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
