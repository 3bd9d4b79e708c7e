"""How quiet are slices? Two launches of the same row, slice by slice in turn, on one core with the driver and apart.

    python benchmarks/slices.py [ROW] [LAUNCHES] [SECONDS] [CONNECTIONS] [SLICE]

They are equal, so the logarithm of their ratio should be 0. Within a pair of launches, its median over blocks has a
standard error, which more load makes smaller; between pairs of launches it scatters, however long they are loaded.
"""

import math
import statistics
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from bench import drivers, launch
from bench.model import Load, Settings, Slices, Target, Window
from bench.rows.catalog import Catalog, load_catalog
from bench.system import machine

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


@contextmanager
def twins(known: Catalog, row: str, pair: int, cores: Collection[int] | None) -> Iterator[list[Target]]:
    """Two fresh launches of a row for the length of a block."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as logs:
        yield [
            stack.enter_context(
                launch.serving(
                    known,
                    known.servers[row],
                    SETTINGS,
                    log=Path(logs) / side,
                    cores=cores,
                    seed=Random(f"{pair}{side}").getrandbits(32),
                )
            ).target
            for side in "ab"
        ]


def report(name: str, windows: Sequence[Window], figure: str, seconds: float) -> float:
    """Print one figure of a pair of launches; the median of its log-ratios."""
    one, other = (window.slices for window in windows)
    if one is None or other is None:
        sys.exit("this driver has no slices here.")
    values = ratios(one, other, figure)
    middle, gap = statistics.median(values), 1e3 * switch(windows, seconds)
    print(f"{name}  {figure:10}  {middle:+9.2%}  {error_of_median(values):15.2%}  {len(values):6}  {gap:.2f} ms")
    return middle


def main(
    row: str = "gunicorn", launches: str = "6", seconds: str = "20", connections: str = "64", cut: str = "0.02"
) -> int:
    known, here, load = load_catalog(), machine.probe(), Load("slices", connections=int(connections))
    places = {"shared": here.server_cores, "apart": here.driver_cores}
    found: dict[tuple[str, str], list[float]] = {}
    print("pair  driver   figure      log-ratio  error of median  blocks  switch")
    with drivers.driving("locust", here.driver_cores) as drive:
        slicer = drivers.slicer(drive) or sys.exit("this driver has no slices here.")
        for pair in range(int(launches)):
            with twins(known, row, pair, here.server_cores) as targets:
                for target in 3 * targets:
                    drive(target, load)
                for place, cores in places.items():
                    windows = slicer.slices(
                        targets, load, length=float(cut), blocks=10**6, seed=pair, cores=cores, limit=float(seconds)
                    )
                    for figure in ("server_cpu", "wall"):
                        middle = report(f"{pair:4}  {place:7}", windows, figure, float(seconds))
                        found.setdefault((place, figure), []).append(middle)
    for (place, figure), medians in found.items():
        if len(medians) > 1:
            print(f"{place}, {figure}: pairs of launches scatter by {statistics.stdev(medians):.2%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
