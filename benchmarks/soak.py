"""Does the driver hold a load for long? Its memory, descriptors and records, minute by minute.

    python benchmarks/soak.py [MINUTES] [RATE] [ROW]

30 minutes at 5,000 requests/s on nginx-static by default, in windows of ten seconds on 64 connections, each of which is
written as a record at once. One line of a Markdown table a minute. Exit status 1: the driver's memory grew by over 2 %
after the first minute, descriptors were left open, requests went unanswered, or records are missing.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench import journal, launch
from bench.drivers import Drive, driving
from bench.model import Load, Record, Request, Run, Settings, Target, Trial, Window
from bench.rows.catalog import Catalog, load_catalog
from bench.system import machine

WINDOW = 10.0
EACH_MINUTE = round(60 / WINDOW)
TOLERANCE = 0.02


@dataclass(frozen=True)
class Minute:
    """How things stood at the end of a minute: the driver's bytes and descriptors, the harness's descriptors."""

    resident: int
    descriptors: int
    ours: int
    windows: tuple[Window, ...]


def described(known: Catalog, row: str, load: Load, rounds: int) -> Run:
    """The soak as a run, so that its records can be read like those of any other."""
    server, settings = known.servers[row], Settings()
    return Run(
        name="soak",
        started=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        version="soak",
        driver="locust",
        seed=0,
        rounds=rounds,
        commit=None,
        settings=settings,
        machine=machine.probe(),
        versions={},
        servers={row: launch.described(known, server, settings)},
        loads=(load,),
    )


def soaked(drive: Drive, target: Target, load: Load, minutes: int, path: Path) -> Iterator[Minute]:
    """Each minute as it ends, all of its windows being on the disk by then."""
    (driver,) = (child for child in psutil.Process().children() if "bench.drivers.locust_process" in child.cmdline())
    for minute in range(minutes):
        windows = []
        for number in range(EACH_MINUTE):
            windows.append(drive(target, load))
            trial = Trial(target.name, minute * EACH_MINUTE + number, 0, 0)
            journal.append(path, Record(trial, started=time.monotonic(), windows=(windows[-1],)))
        yield Minute(driver.memory_info().rss, driver.num_fds(), psutil.Process().num_fds(), tuple(windows))


def line(number: int, minute: Minute, first: Minute) -> str:
    """A minute as a line of the table."""
    answered, errors = responses(minute), sum(sum(window.errors.values()) for window in minute.windows)
    memory = f"{minute.resident / 1e6:.1f} MB | {minute.resident / first.resident - 1:+.2%}"
    return f"| {number} | {answered:,} | {errors} | {memory} | {minute.descriptors} | {minute.ours} |"


def responses(minute: Minute) -> int:
    return sum(window.responses for window in minute.windows)


def complaints(seen: list[Minute], path: Path, rate: float) -> list[str]:
    """What was not as it should be."""
    first, last = seen[0], seen[-1]
    said, windows = journal.read(path), [window for minute in seen for window in minute.windows]
    asked = round(rate * WINDOW) * len(windows)
    found = {
        f"the driver grew by {last.resident / first.resident - 1:+.2%}": last.resident
        > (1 + TOLERANCE) * first.resident,
        "descriptors were left open": (last.descriptors, last.ours) != (first.descriptors, first.ours),
        f"{asked - sum(map(responses, seen)):,} of {asked:,} requests were not answered": sum(map(responses, seen))
        < asked,
        "records are missing": [record.windows[0] for record in said.records] != windows or said.end != "complete",
    }
    return [words for words, wrong in found.items() if wrong]


def main(minutes: int = 30, rate: float = 5000.0, row: str = "nginx-static") -> int:
    known, here = load_catalog(), machine.probe()
    load = Load("soak", connections=64, duration=WINDOW, rate=rate, requests=(Request(),))
    with tempfile.TemporaryDirectory(prefix="bench-soak-") as folder, driving("locust", here.driver_cores) as drive:
        path = journal.begin(Path(folder) / "run", described(known, row, load, minutes * EACH_MINUTE))
        serving = launch.serving(
            known, known.servers[row], Settings(), log=Path(folder) / "log", cores=here.server_cores
        )
        seen: list[Minute] = []
        print("| minute | responses | errors | driver's memory | since minute 1 | its descriptors | the harness's |")
        print("|--:|--:|--:|--:|--:|--:|--:|")
        with serving as up:
            drive(up.target, replace(load, name="warm up", duration=1.0))
            target = replace(up.target, pid=up.ward.pid)
            for minute in soaked(drive, target, load, minutes, path):
                seen.append(minute)
                print(line(len(seen), minute, seen[0]), flush=True)
        journal.finish(path, "complete")
        wrong = complaints(seen, path, rate)
    print(f"\n{sum(map(responses, seen)):,} responses in {minutes} minutes: {'; '.join(wrong) or 'all is well'}.")
    return int(bool(wrong))


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(*[convert(word) for convert, word in zip((int, float, str), given, strict=False)]))
