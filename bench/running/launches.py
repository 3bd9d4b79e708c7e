"""A launch of one row while it is measured: the server that is up, and its record in the making."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import launch, probe
from bench.errors import BenchError, ServerError
from bench.launch import Up
from bench.model import Load, Record, Settings, Trial, Window
from bench.processes import pauses, words
from bench.rows.catalog import Catalog
from bench.system import meter
from bench.system.discretion import discreet

INTERRUPTED = "interrupted"


class Launch:
    """What a launch has come to so far: whatever happens next, what was measured stays."""

    def __init__(self, trial: Trial, logs: Path) -> None:
        self.trial = trial
        self.windows: list[Window] = []
        self._log = logs / f"{trial.server}-{trial.round + 1}{f'-{trial.group + 1}' if trial.group else ''}.log"
        self._record = Record(trial, started=time.monotonic())
        self._pauses = pauses.count()
        self._up: Up | None = None
        self._staff: set[int] = set()
        self._stack = ExitStack()

    @property
    def well(self) -> bool:
        """Whether it is up and nothing has gone wrong."""
        return self._up is not None and self._record.failure is None

    @property
    def up(self) -> Up:
        assert self._up  # noqa: S101
        return self._up

    @property
    def settled(self) -> bool | None:
        return self._record.settled

    @property
    def idle_memory(self) -> int:
        return self._record.memory_idle or 0

    def note(self, **figures: object) -> None:
        self._record = replace(self._record, **figures)  # type: ignore[arg-type]

    def start(self, catalog: Catalog, settings: Settings, cores: tuple[int, ...] | None) -> None:
        """Have the server up and verified; raises BenchError when it does not come."""
        server = catalog.servers[self.trial.server]
        serving = launch.serving(catalog, server, settings, log=self._log, cores=cores, seed=self.trial.seed)
        up = self._up = self._stack.enter_context(serving)
        before = set(meter.tree(up.ward.pid))
        self.note(ready=up.ready, first_byte=up.first_byte, memory_idle=meter.memory(up.ward.pid, itself=False))
        try:
            self.note(manner=probe.manner(up.target.url, catalog.apps[server.serves].right or probe.HELLO))
        except OSError as error:
            raise ServerError(f"{server.name} was up, but did not answer all that it was asked: {error}.") from None
        # Those that came or went with a question are not its staff.
        self._staff = before & set(meter.tree(up.ward.pid))

    def look(self) -> None:
        """Note what it holds after all loads, and how many of the processes that it had when it came up are gone."""
        tree = self.up.ward.pid
        self.note(memory_loaded=meter.memory(tree, itself=False), lost=len(self._staff - set(meter.tree(tree))))

    def check(self, load: str) -> None:
        """Raise ServerError when the server has ended."""
        fate = self.up.ward.ended()
        if fate:
            raise ServerError(f"{self.trial.server} {fate} under load {load}.")

    def fail(self, error: BenchError) -> None:
        """It is over: note why, and end the server."""
        if self._record.failure is None:
            self.note(failure=discreet(str(error)))
        self._stack.close()

    def interrupt(self, loads: Sequence[Load]) -> None:
        """Somebody ends the run: a launch is of use only if it had all slices of these loads."""
        names = Counter(window.load for window in self.windows)
        if self._record.failure is None and not (loads and all(names[load.name] == load.windows for load in loads)):
            self.note(failure=INTERRUPTED)

    def dismiss(self, grace: float | None = None) -> None:
        """Tell the server to end without waiting for it, so that all of a round do so at once."""
        if self._up:
            self._up.ward.dismiss(grace)

    def end(self) -> None:
        """See the server's end."""
        self._stack.close()
        if self._up and self._record.failure is None:
            stopped = self._up.ward.stopped
            self.note(stopping=stopped.seconds, left=stopped.left)

    def final(self) -> Record:
        if self._record.failure is None and pauses.count() != self._pauses:
            self.note(failure=pauses.SENTENCE)
        return replace(self._record, windows=tuple(self.windows), log=words.last(self._log))


def tried(launch: Launch, step: Callable[[], None]) -> None:
    """Do something with a launch, which may cost that launch, but no other."""
    try:
        step()
    except BenchError as error:
        launch.fail(error)
    except OSError as error:
        launch.fail(ServerError(f"{launch.trial.server} could not be measured: {error}."))
