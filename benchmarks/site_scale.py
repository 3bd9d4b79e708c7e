"""How long a site of many runs takes and how much memory: python benchmarks/site_scale.py [RUNS] [FOLDER].

The runs are invented: five rows, three launches each, real records with real histograms; one row becomes slower on the
way. The site is made once from nothing, once more when nothing has changed, and once with one run more.
"""

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import synthetic  # noqa: E402
from synthetic import sound  # noqa: E402

ROWS = ("gunicorn", "gevent", "waitress", "uwsgi", "uwsgi+nginx")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch)
        for number in range(runs):
            invent(results, number, runs)
        print(f"{runs} runs of {len(ROWS)} rows, {folder_size(results) / 1e6:.0f} MB of records")
        timed("from nothing", results)
        timed("nothing changed", results)
        invent(results, runs, runs)
        timed("one run more", results)
        print(f"the site has {folder_size(results / 'site') / 1e6:.0f} MB")


def invent(results: Path, number: int, runs: int) -> None:
    """A nightly run, in which waitress needs 15 % more CPU time in the last two fifths."""
    share = 1.15 if number >= 0.6 * runs else 1.0
    shapes = tuple(
        replace(shape, cpu=shape.cpu * share, capacity=shape.capacity / share) if shape.name == "waitress" else shape
        for shape in map(sound, ROWS)
    )
    said = synthetic.read(shapes, 3, number)
    begun = datetime(2024, 1, 1, 3, tzinfo=UTC) + timedelta(days=number)
    run = replace(said.run, name="nightly", started=begun.isoformat(timespec="seconds"), commit=f"{number * 7919:012x}")
    synthetic.write(results / f"{begun:%Y%m%dT%H%M%S}-nightly", replace(said, run=run))


def timed(what: str, results: Path) -> None:
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "bench", "site", str(results)]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took = time.perf_counter() - begun
    print(f"{what}: {took:.1f} s, {used:.1f} s of CPU time, at most {after.ru_maxrss / 1e3:.0f} MB in a process")


def folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
