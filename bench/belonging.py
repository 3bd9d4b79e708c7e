"""Whether the lines of a results file belong together: one run, what it planned, each launch once, no more after it."""

from collections.abc import Iterable, Iterator
from dataclasses import fields

from bench.lines import Line
from bench.model import Record, Run, Window

_FAR = 1e18
INTERRUPTED = "interrupted"
"""The failure of a launch that somebody cut short, which says nothing about its server; it may be measured again."""


def strays(lines: Iterable[tuple[int, Line]]) -> Iterator[tuple[int, str]]:
    """Lines after the first, by their numbers, that a run cannot have written after those before, and why."""
    run: Run | None = None
    over = sealed = False
    seen: dict[tuple[str, int, int], int] = {}
    for number, line in lines:
        if number == 1:
            run, sealed = line.run, line.check is not None
            continue
        if sealed and line.check is None:
            yield number, "has no checksum, which the first line has"
        elif over and line.resumed is None:
            yield number, "comes after the end of the run"
        elif told := _told(line, run, number, seen):
            yield number, told
        over = line.end is not None or (over and line.resumed is None)


def _told(line: Line, run: Run | None, number: int, seen: dict[tuple[str, int, int], int]) -> str | None:
    if line.run is not None or line.format is not None:
        return "describes a run, which only the first line does: a results file holds one run"
    if line.record is None:
        return None if line.end or line.resumed else "says nothing"
    if run is None:
        return None
    trial = line.record.trial
    launch = (trial.server, trial.round, trial.group)
    if told := _foreign(line.record, run):
        return told
    if launch in seen:
        return f"is a second record of {trial.server} in round {trial.round + 1}, after line {seen[launch]}"
    if line.record.failure != INTERRUPTED:
        seen[launch] = number
    return None


def _foreign(record: Record, run: Run) -> str | None:
    """Why a record is of another run."""
    trial = record.trial
    if trial.server not in run.servers:
        return f"is a record of '{trial.server}', which is no row of this run"
    if not 0 <= trial.round < (run.rounds or trial.round + 1):
        return f"is a record of round {trial.round + 1}, and the run has {run.rounds or 'no'} rounds"
    known = {load.name for load in run.loads}
    for window in record.windows:
        if window.load not in known:
            return f"has a window of the load '{window.load}', which the run does not have"
    return _immeasurable(record, 0) or next(
        filter(None, (_immeasurable(window, -_FAR) for window in record.windows)), None
    )


def _immeasurable(noun: Record | Window, least: float) -> str | None:
    """A figure that nothing can measure. What is less than zero in a window is for a verdict to tell."""
    for field in fields(noun):
        value = getattr(noun, field.name)
        figures = value if isinstance(value, tuple) else (value,)
        if not all(least <= figure <= _FAR for figure in figures if isinstance(figure, int | float)):
            return f"has a figure that cannot be measured, {field.name}"
    return None
