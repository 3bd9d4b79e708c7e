"""What one sees while it measures: a live line on a terminal, one plain line a trial where there is none."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from bench.model import Record, Trial
from bench.session import Step

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Watch:
    """Told of every step and record; shows how far the plan is and how long it still takes."""

    def __init__(self, plan: tuple[Trial, ...], out: TextIO, live: "Progress | None" = None) -> None:
        self._plan = plan
        self._out = out
        self._live = live
        self._task: TaskID | None = live.add_task("", total=len(plan), phase="", speed="") if live else None
        self._began = time.monotonic()
        self._done = 0

    def step(self, step: Step) -> None:
        if self._live is None or self._task is None:
            return
        speed = f"{step.throughput:,.0f}/s" if step.throughput else ""
        self._live.update(self._task, description=step.trial.server, phase=step.phase, speed=speed)
        self._live.refresh()

    def record(self, record: Record) -> None:
        self._done += 1
        if self._live is not None and self._task is not None:
            self._live.update(self._task, advance=1)
            if record.failure:
                self._live.console.print(f"✗ {record.trial.server}: {record.failure}", style="red", markup=False)
            return
        print(f"{self._done}/{len(self._plan)} {_said(record)}{self._left()}", file=self._out, flush=True)

    def _left(self) -> str:
        spent = time.monotonic() - self._began
        left = spent / self._done * (len(self._plan) - self._done)
        return f" (about {left:.0f} s left)" if left >= 1 else ""


@contextmanager
def watching(plan: tuple[Trial, ...]) -> Iterator[Watch]:
    """A watch on standard error for the length of a block."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Watch(plan, sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[phase]}", style="cyan", markup=False),
        TextColumn("{task.fields[speed]}", style="green", markup=False),
        TimeRemainingColumn(),
    )
    # Not refreshed by a thread: while a window is measured, the harness keeps still.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        yield Watch(plan, sys.stderr, live)


def _said(record: Record) -> str:
    trial = record.trial
    if record.failure:
        return f"{trial.server}, round {trial.round + 1}: {record.failure}"
    closed = [window.throughput for window in record.windows if window.model == "closed"]
    speed = f"{sum(closed) / len(closed):,.0f} responses/s" if closed else "measured"
    return f"{trial.server}, round {trial.round + 1}: {speed}"
