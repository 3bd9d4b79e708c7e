"""How long a report takes, what memory, and how heavy its page is: runs invented from a seed, larger and larger."""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import synthetic  # noqa: E402

from bench.journal import FILE  # noqa: E402

WINDOWS = 30
SIZES = ((16, 1), (40, 1), (100, 1), (100, 100))
"""Rows, and by how much more requests than usual each of their windows counts."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    folder = parser.parse_args().folder
    if folder:
        _render(folder)
        return
    print("| rows | windows each | requests | seconds | memory (MB) | page (MB) | records (MB) |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for rows, times in SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            run = Path(scratch) / "run"
            requests = _invent(run, rows, times)
            done = [sys.executable, __file__, "--folder", str(run)]
            told = subprocess.run(done, capture_output=True, text=True, check=True).stdout.strip()
            sizes = " | ".join(f"{(run / name).stat().st_size / 1e6:.2f}" for name in ("report.html", FILE))
            print(f"| {rows} | {WINDOWS} | {requests:,} | {told} | {sizes} |", flush=True)


def _invent(folder: Path, rows: int, times: int) -> int:
    """A run of so many rows with WINDOWS windows each, or a little more; gives how many requests it tells of."""
    known = synthetic.SHAPES
    shapes = tuple(replace(known[at % len(known)], name=f"{known[at % len(known)].name}-{at}") for at in range(rows))
    loads = tuple(replace(load, duration=load.duration * times) for load in synthetic.LOADS)
    each = sum(load.windows for load in loads)
    said = synthetic.read(shapes, rounds=-(-WINDOWS // each), loads=loads)
    synthetic.write(folder, said)
    return sum(window.responses for record in said.records for window in record.windows)


def _render(folder: Path) -> None:
    """Write one report in a process of its own, and say how long that took and what memory, imports included."""
    begun = time.monotonic()
    from bench import report

    report.write(folder)
    seconds, most = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{seconds:.1f} | {most / 1e3 if sys.platform != 'darwin' else most / 1e6:.0f}")


if __name__ == "__main__":
    main()
