"""What goes wrong in a run costs no more than it must: lost servers, Ctrl-C, drivers that cannot take turns."""

import os
import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import psutil
import pytest
import sessions
from harming import Harming, sending
from sessions import CAPACITY, WHOLE, Make

from bench import drivers
from bench.drivers.remote import Remote
from bench.model import Load, Target, Window
from bench.running.launches import INTERRUPTED
from bench.running.session import carry_out
from bench.system import meter

drive, bench = sessions.drive, sessions.bench


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (signal.SIGKILL, "dev was ended by SIGKILL under load capacity."),
        (signal.SIGSTOP, r"dev answered no more under load capacity: .*\d+ time-out\."),
    ],
)
def test_a_server_that_is_lost_in_mid_slices_is_dropped_with_its_reason_and_the_others_go_on(
    bench: Make, drive: Remote, monkeypatch: pytest.MonkeyPatch, number: int, failure: str
) -> None:
    monkeypatch.setattr(drivers, "slicer", lambda drive: drive)
    loads = (replace(CAPACITY, windows=3, duration=0.3, timeout=5.0),)
    harming = Harming(drive, {"dev": sending(number)})
    records = {
        record.trial.server: record for record in carry_out(bench("dev", "waitress", loads=loads, driver=harming))
    }
    assert re.fullmatch(failure, records["dev"].failure or "")
    assert len(records["dev"].windows) == 2
    assert records["dev"].windows[0].responses
    assert records["waitress"].failure is None
    assert len(records["waitress"].windows) == 3
    assert not any(window.errors for window in records["waitress"].windows)


def test_a_driver_without_slices_loads_one_row_after_the_other(bench: Make, drive: Remote) -> None:
    alive: list[int] = []

    def watched(target: Target, load: Load) -> Window:
        alive.append(sum("bench.processes.warden" in line for line in _commands()))
        return drive(target, load)

    records = list(carry_out(bench("waitress", "dev", loads=WHOLE, driver=watched)))
    assert [[window.load for window in record.windows] for record in records] == [["capacity", "capacity", "half"]] * 2
    assert not any(window.slices for record in records for window in record.windows)
    if meter.LINUX:
        assert set(alive) == {1}


def _commands() -> Iterator[str]:
    """The command lines of this process's children."""
    for child in psutil.Process().children():
        yield " ".join(child.cmdline())


class Interrupting:
    """A driver that somebody interrupts at one of its orders."""

    def __init__(self, drive: Remote, at: int) -> None:
        self._drive, self._at, self._orders = drive, at, 0

    def __call__(self, target: Target, load: Load) -> Window:
        self._count()
        return self._drive(target, load)

    def slices(self, targets: Sequence[Target], load: Load, **more: Any) -> tuple[Window, ...]:
        if load.name != "warm up":
            self._count()
        return self._drive.slices(targets, load, **more)

    def _count(self) -> None:
        self._orders += 1
        if self._orders == self._at:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("at", "failure", "windows"), [(3, INTERRUPTED, 2), (4, None, 3)])
def test_interrupted_records_come_out_first_and_those_measured_at_capacity_count(
    bench: Make,
    drive: Remote,
    monkeypatch: pytest.MonkeyPatch,
    at: int,
    failure: str | None,
    windows: int,
) -> None:
    monkeypatch.setattr(drivers, "slicer", lambda drive: drive)
    records = carry_out(bench("waitress", driver=Interrupting(drive, at), rounds=2))
    record = next(records)
    assert (record.failure, len(record.windows)) == (failure, windows)
    with pytest.raises(KeyboardInterrupt):
        next(records)
