"""A run under a random killer: `python benchmarks/random_killer.py [MINUTES=15] [ROW…] [--seed N]`.

While `bench run` measures rows, this kills servers, their workers, wardens, drivers and now and then the harness, at
random times, and has the run gone on with wherever it ended. At the end the run must be complete (a record of each row
in each round, `end` says so), `bench verify` must find nothing, no row may be struck out, and nothing may be left of
it: no process, no scratch folder. A launch whose server was killed stays a failed record, as it would be in any run.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench import journal
from bench.report.summary import summarise

ROWS = ["waitress", "gunicorn", "uwsgi", "waitress+nginx"]
WEIGHTS = {"server": 6, "worker": 6, "warden": 3, "driver": 2, "harness": 4}
PAUSE = 12.0
"""Seconds between two blows, on average."""
ROUND = 12.0
"""Seconds that a round of those rows takes, blows included, more or less: so many rounds are planned."""
GONE = 2.0
"""Seconds after which nothing may be left of a harness that was killed."""
LONGEST = 600.0
"""Seconds that a run may take to end once nobody disturbs it."""
PATIENCE = 4
"""How often in a row a harness may give up by itself."""
BENCH = [sys.executable, "-m", "bench"]


@dataclass
class Arena:
    """The run, its files and what was done to it; whatever belongs to it names `room` in its environment."""

    room: Path
    results: Path
    draw: random.Random
    blows: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)

    @property
    def run(self) -> Path | None:
        """Its folder, once its plan is in there."""
        return next(
            (path.parent for path in self.results.glob(f"*/{journal.FILE}") if b"\n" in path.read_bytes()), None
        )

    @property
    def complete(self) -> bool:
        return self.run is not None and journal.read(self.run).end == "complete"

    def members(self) -> Iterator[psutil.Process]:
        """All processes of the run that live."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                belongs = any(str(self.room) in value for value in process.environ().values())
                if belongs and process.status() != psutil.STATUS_ZOMBIE:
                    yield process


def main() -> int:
    arguments = _arguments()
    seed = arguments.seed if arguments.seed is not None else time.time_ns() % 2**32
    with tempfile.TemporaryDirectory(prefix="killer-") as folder:
        arena = Arena(Path(folder) / "room", arguments.results or Path(folder) / "results", random.Random(seed))
        arena.room.mkdir(mode=0o711)
        Path(folder).chmod(0o711)
        began = time.monotonic()
        _fought(arena, arguments.rows or ROWS, 60 * arguments.minutes)
        return _told(arena, seed, time.monotonic() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=15.0)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--seed", type=int, help="of when and whom to kill")
    parser.add_argument("--results", type=Path, help="an empty folder that keeps the run (default: it is removed)")
    return parser.parse_args()


def _fought(arena: Arena, rows: list[str], seconds: float) -> None:
    """Begin the run, and go on with it however often it takes."""
    peace = time.monotonic() + seconds
    patience = PATIENCE
    plan = ["run", *rows, "--rounds", str(max(3, round(seconds / ROUND))), "--results", str(arena.results)]
    while True:
        asked = ["run", "--resume", str(arena.run)] if arena.run else plan
        struck, status = _disturbed(arena, asked, peace)
        arena.ends[f"{struck} (status {status})" if struck else f"it ended with status {status}"] += 1
        _nothing_left(arena)
        # One that is struck may take the harness with it; one that is refused will be refused again.
        patience = PATIENCE if struck else patience - 1
        if arena.complete or not patience or time.monotonic() > peace + LONGEST:
            return


def _disturbed(arena: Arena, asked: list[str], peace: float) -> tuple[str | None, int]:
    """One harness to its end: how it was struck down, if it was, and its exit status."""
    environment = {**os.environ, "TMPDIR": str(arena.room)}
    with subprocess.Popen([*BENCH, *asked], env=environment, stdout=subprocess.DEVNULL) as harness:
        while True:
            pause = arena.draw.expovariate(1 / PAUSE)
            try:
                return None, harness.wait(pause if time.monotonic() + pause < peace else LONGEST)
            except subprocess.TimeoutExpired:
                if time.monotonic() > peace:
                    harness.kill()
                    return "it did not end by itself", harness.wait()
                if struck := _struck(arena, harness):
                    return struck, harness.wait()


def _struck(arena: Arena, harness: "subprocess.Popen[bytes]") -> str | None:
    """Kill somebody; how the harness was, where it was the one."""
    kinds: dict[str, list[psutil.Process]] = {}
    for process in arena.members():
        with suppress(psutil.Error):
            kinds.setdefault(_kind(process, harness.pid), []).append(process)
    known = [kind for kind in WEIGHTS if kind in kinds]
    (kind,) = arena.draw.choices(known, [WEIGHTS[kind] for kind in known])
    victim = arena.draw.choice(kinds[kind])
    number = arena.draw.choice([signal.SIGKILL, signal.SIGTERM] if kind == "harness" else [signal.SIGKILL])
    with suppress(psutil.Error):
        victim.send_signal(number)
        arena.blows[kind, number.name] += 1
    return f"{number.name} to the harness" if kind == "harness" else None


def _kind(process: psutil.Process, harness: int) -> str:
    if process.pid == harness:
        return "harness"
    words = " ".join(process.cmdline())
    if "bench.processes.warden" in words:
        return "warden"
    if "bench" in words and "locust" in words:
        return "driver"
    parent = process.parent()
    return "server" if parent and "bench.processes.warden" in " ".join(parent.cmdline()) else "worker"


def _nothing_left(arena: Arena) -> None:
    """Wait until nothing of a harness that has ended is left, and note what is after all."""
    limit = time.monotonic() + GONE
    left: list[psutil.Process | Path] = []
    while (left := [*arena.members(), *arena.room.iterdir()]) and time.monotonic() < limit:
        time.sleep(0.05)
    for one in left:
        with suppress(psutil.Error):
            arena.left.append(str(one) if isinstance(one, Path) else " ".join(one.cmdline()))


def _told(arena: Arena, seed: int, seconds: float) -> int:
    """What was done and what became of it, as Markdown; 0 where the run is complete and valid and nothing is left."""
    if arena.run is None:
        print(f"There is no run: {dict(arena.ends)}.")
        return 1
    # The last one may have been struck while it wrote the report.
    subprocess.run([*BENCH, "report", str(arena.run)], stdout=subprocess.DEVNULL, check=True)
    verified = subprocess.run([*BENCH, "verify", str(arena.run)], capture_output=True, text=True)
    said = journal.read(arena.run)
    summary = summarise(said)
    rounds = 1 + max(record.trial.round for record in said.records)
    pairs = {(record.trial.server, record.trial.round) for record in said.records}
    complete = said.end == "complete" and len(pairs) == rounds * len(said.run.servers)
    print(f"Seed {seed}, {seconds:.0f} s, {rounds} rounds, {len(said.resumed)} times resumed.\n")
    print("| struck | by | times |\n| --- | --- | --- |")
    for (kind, name), times in sorted(arena.blows.items()):
        print(f"| {kind} | {name} | {times} |")
    print("\n| a harness ended | times |\n| --- | --- |")
    for how, times in sorted(arena.ends.items()):
        print(f"| {how} | {times} |")
    print("\n| row | launches | failed | verdict | marks |\n| --- | --- | --- | --- | --- |")
    for row in summary.rows:
        failed = sum(record.failure is not None for record in row.records)
        marks = ", ".join(dict.fromkeys(one.rule for one in row.verdict.findings if not one.holds))
        print(f"| {row.name} | {len(row.records)} | {failed} | {row.verdict.word} | {marks} |")
    print(f"\n- a record of each row in each round, and an end: {'yes' if complete else 'no'}")
    print(f"- bench verify: {verified.stdout.strip() or verified.stderr.strip()}")
    print(f"- rows struck out: {', '.join(row.name for row in summary.struck) or 'none'}")
    print(f"- left {GONE:g} s after a harness ended: {', '.join(dict.fromkeys(arena.left)) or 'nothing'}")
    return 0 if complete and verified.returncode == 0 and not summary.struck and not arena.left else 1


if __name__ == "__main__":
    sys.exit(main())
