"""What one sees while it measures: on a terminal every row's interval narrowing, elsewhere a plain line a launch."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.model import Record, Run, Seconds
from bench.outlook import Outlook
from bench.running import rates
from bench.running.precision import Standing
from bench.running.session import Step

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text


class Watch:
    """Told of every step, record and round; says how far it is, what is still needed, and how long that takes."""

    def __init__(self, run: Run, spent: Seconds = 0.0) -> None:
        self.outlook = Outlook(run, spent)
        self.capacity = rates.capacity_load(run.loads)

    def step(self, step: Step) -> None:
        """Something else begins."""

    def record(self, record: Record) -> None:
        """A launch is over, and what came of it."""
        self.outlook.record(record)
        print(_said(record, self.capacity), file=sys.stderr, flush=True)

    def rank(self, standing: Standing) -> None:
        """A round is over, and how precise rows are by now."""
        self.outlook.rank(standing)
        print(_stand(self.outlook), file=sys.stderr, flush=True)


class LiveWatch(Watch):
    """The same on a terminal, in place. Drawn when told something, never by a thread: nothing moves while load runs."""

    def __init__(self, run: Run, live: "Live", spent: Seconds = 0.0) -> None:
        super().__init__(run, spent)
        self._live = live
        self._head = ""
        self._draw()

    def step(self, step: Step) -> None:
        speed = f" {step.throughput:,.0f}/s" if step.throughput else ""
        self._head = " · ".join(filter(None, [f"round {step.round + 1}", step.phase, step.server])) + speed
        self._draw()

    def record(self, record: Record) -> None:
        self.outlook.record(record)
        if record.failure:
            self._live.console.print(f"✗ {_said(record, self.capacity)}", style="red", markup=False, highlight=False)

    def rank(self, standing: Standing) -> None:
        self.outlook.rank(standing)
        self._draw()

    def _draw(self) -> None:
        self._live.update(_picture(self.outlook, self._head, self._live), refresh=True)


def _picture(outlook: Outlook, head: str, live: "Live") -> "Text":
    """The head line, and below it as many rows as fit, those first of which least is known."""
    from rich.text import Text

    console = live.console
    plain = console.encoding.lower() not in ("utf-8", "utf8")
    lines = [f"{head}{_left(outlook.left)}"]
    known = list(outlook.rows()) if outlook.rounds else []
    width = max((len(name) for name, _ in known), default=0)
    lines += [f"{name:{width}}  {outlook.history(name, plain):{outlook.rounds}}  {said}" for name, said in known]
    fitting = max(1, console.height - 1)
    if len(lines) > fitting:
        lines = [*lines[: fitting - 1], f"and {len(lines) - fitting + 1} more"] if fitting > 1 else lines[:1]
    text = "\n".join(line[: console.width - 1].rstrip() for line in lines)
    return Text(text.translate(_PLAIN).encode("ascii", "replace").decode() if plain else text, no_wrap=True)


_PLAIN = str.maketrans({"±": "~", "·": "-", "✗": "x"})


@contextmanager
def watching(run: Run, spent: Seconds = 0.0) -> Iterator[Watch]:
    """A watch on standard error for the length of a block, on a run that took so long before."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Watch(run, spent)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True, highlight=False), auto_refresh=False, transient=True) as live:
        yield LiveWatch(run, live, spent)


def _said(record: Record, capacity: str | None) -> str:
    trial = record.trial
    if record.failure:
        return f"{trial.server}, round {trial.round + 1}: {record.failure}"
    reached = rates.capacity(record.windows, capacity)
    speed = f"{reached:,.0f} responses/s" if reached else "measured"
    return f"{trial.server}, round {trial.round + 1}: {speed}"


def _stand(outlook: Outlook) -> str:
    """One line after each round."""
    asked, standing = outlook.run.precision, outlook.last
    of = f" of {outlook.run.rounds}" if outlook.run.rounds else ""
    told = f"round {outlook.rounds}{of}"
    if asked and standing and standing.rows:
        enough = sum(standing.lacking(name) == 0 for name in standing.rows)
        told += f": {enough} of {len(standing.rows)} rows are known to ±{100 * asked:g} %"
    return told + _left(outlook.left)


def _left(seconds: Seconds) -> str:
    whole = round(seconds)
    minutes = f"{whole // 60} min " if whole >= 60 else ""
    return f" (about {minutes}{whole % 60} s left)" if whole else ""
