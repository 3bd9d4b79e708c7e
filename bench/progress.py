"""What one sees while it measures: a live line on a terminal, one plain line a trial where there is none."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.model import Load, Record, Seconds, Trial
from bench.session import Step

if TYPE_CHECKING:
    from rich.progress import Progress

_STARTING_AND_STOPPING: Seconds = 2.0


class Watch:
    """Told of every step and record; shows how far the plan is and how long it still takes."""

    def __init__(self, plan: tuple[Trial, ...], loads: tuple[Load, ...], live: "Progress | None" = None) -> None:
        self._plan = plan
        self._guess = _STARTING_AND_STOPPING + sum(load.windows * load.duration for load in loads)
        self._live = live
        self._task = live.add_task("", total=len(plan), phase="", speed="", left=self._left(0)) if live else None
        self._began = time.monotonic()
        self._done = 0

    def step(self, step: Step) -> None:
        """Show what is going on; on a terminal only."""
        if self._live is None or self._task is None:
            return
        speed = f"{step.throughput:,.0f}/s" if step.throughput else ""
        left = self._left(self._done)
        self._live.update(self._task, description=step.trial.server, phase=step.phase, speed=speed, left=left)
        self._live.refresh()

    def record(self, record: Record) -> None:
        """Show that a trial is over, and what came of it."""
        self._done += 1
        if self._live is not None and self._task is not None:
            self._live.update(self._task, advance=1)
            if record.failure:
                self._live.console.print(f"✗ {_said(record)}", style="red", markup=False, highlight=False)
            return
        print(f"{self._done}/{len(self._plan)} {_said(record)}{self._left(self._done)}", file=sys.stderr, flush=True)

    def _left(self, done: int) -> str:
        """The time left: guessed from the loads at first, then from the trials there were."""
        each = (time.monotonic() - self._began) / done if done else self._guess
        seconds = round(each * (len(self._plan) - done))
        minutes = f"{seconds // 60} min " if seconds >= 60 else ""
        return f" (about {minutes}{seconds % 60} s left)" if seconds else ""


@contextmanager
def watching(plan: tuple[Trial, ...], loads: tuple[Load, ...]) -> Iterator[Watch]:
    """A watch on standard error for the length of a block."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Watch(plan, loads)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[phase]}", style="cyan", markup=False),
        TextColumn("{task.fields[speed]}", style="green", markup=False),
        TextColumn("{task.fields[left]}", markup=False),
    )
    # Not refreshed by a thread: while a window is measured, the harness keeps still.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        yield Watch(plan, loads, live)


def _said(record: Record) -> str:
    trial = record.trial
    if record.failure:
        return f"{trial.server}, round {trial.round + 1}: {record.failure}"
    closed = [window.throughput for window in record.windows if window.model == "closed"]
    speed = f"{sum(closed) / len(closed):,.0f} responses/s" if closed else "measured"
    return f"{trial.server}, round {trial.round + 1}: {speed}"
