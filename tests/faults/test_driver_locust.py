"""The Locust driver killed, stopped or fed rubbish: its window is lost in a sentence, the next has a new process."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from harming import once, working
from loading import Harness, Start, left, load
from scripted import HELLO, Scripted, always, scripted
from sessions import CAPACITY, COST, Make, driver, maker
from waiting import eventually

from bench.drivers.remote import Remote
from bench.errors import DriverError
from bench.model import Load, Target, Window
from bench.running.session import carry_out

WINDOW = Load("window", connections=4, duration=0.1)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return partial(load, tmp_path, None, name="locust")


@pytest.fixture
def drive() -> Iterator[Remote]:
    with driver() as drive:
        yield drive


def process(drive: Remote) -> psutil.Process:
    """The driver's own process; the harness keeps it to itself."""
    return psutil.Process(drive._process.pid)


def harmed(server: Scripted, harm: Callable[[], object]) -> AbstractContextManager[None]:
    """Somebody does harm as soon as the server is asked."""
    asked = len(server.requests)
    return once(lambda: len(server.requests) > asked, harm)


@pytest.mark.fault(
    "driver", "the Locust driver is killed in mid-window", "said with the signal; the next window is measured"
)
def test_a_driver_that_is_killed_costs_one_window(drive: Remote, server: Scripted) -> None:
    target = Target("server", server.url)
    first = process(drive)
    long = Load("long", connections=4, duration=60)
    with harmed(server, first.kill), pytest.raises(DriverError, match=r"Locust driver was ended by SIGKILL while it"):
        drive(target, long)
    with scripted(always(HELLO)) as other:
        window = drive(Target("other", other.url), WINDOW)
    assert process(drive) != first
    assert window.errors == {}
    assert window.responses == len(other.requests), "nothing of the lost window is counted"


@pytest.mark.fault("driver", "the Locust driver dies between two windows", "there is a new one before the next")
def test_a_driver_that_dies_between_windows_is_not_even_noticed(drive: Remote, server: Scripted) -> None:
    process(drive).kill()
    drive._process.wait()
    assert drive(Target("server", server.url), WINDOW).errors == {}


@pytest.mark.fault(
    "driver", "the Locust driver is stopped (SIGSTOP) in mid-window", "killed in time, the next is measured"
)
def test_a_driver_that_is_stopped_costs_one_window(
    drive: Remote, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target("server", server.url)
    drive(target, WINDOW)
    monkeypatch.setattr(sys.modules["bench.drivers.remote"], "_SLACK", 0.5)
    with (
        harmed(server, process(drive).suspend),
        pytest.raises(DriverError, match="had said nothing for 2 s and was killed"),
    ):
        drive(target, Load("long", connections=4, duration=1.0, timeout=0.5))
    monkeypatch.undo()
    assert drive(target, WINDOW).errors == {}


@pytest.mark.fault(
    "driver", "the Locust driver's reply is cut in half", "never half a window: said, the next is measured"
)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"number":0,"windows":[{"load":"win', "the Locust driver .* while it measured"),
        (b'{"number":0,"windows":[{"load":"win\n', "the Locust driver said what cannot be understood: "),
        (b"\x00\n", "the Locust driver said what cannot be understood: "),
    ],
    ids=["cut", "line", "binary"],
)
def test_half_a_reply_is_no_window(drive: Remote, server: Scripted, line: bytes, words: str) -> None:
    real, (out, into) = drive._process, os.pipe()
    os.write(into, line)
    os.close(into)
    assert real.stdout
    real.stdout.close()
    real.stdout = os.fdopen(out, "rb")
    with pytest.raises(DriverError, match=words):
        drive(Target("server", server.url), WINDOW)
    assert drive(Target("server", server.url), WINDOW).errors == {}


class Harming:
    """A driver whose process gets a signal during its second order for capacity."""

    def __init__(self, drive: Remote) -> None:
        self._drive, self._orders = drive, 0

    def __call__(self, target: Target, load: Load) -> Window:
        return self._drive(target, load)

    def slices(self, targets: Sequence[Target], load: Load, **more: Any) -> tuple[Window, ...]:
        self._orders += load.name == "capacity"
        if self._orders != 2 or load.name != "capacity":
            return self._drive.slices(targets, load, **more)
        with once(working(targets), process(self._drive).kill):
            return self._drive.slices(targets, load, **{**more, "blocks": 1000})


@pytest.mark.fault(
    "driver", "the Locust driver is killed amid the slices of a round", "that round's launches fail, others go on"
)
def test_a_round_without_its_driver_fails_and_the_next_has_another(
    drive: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harming = Harming(drive)
    monkeypatch.setattr("bench.drivers.slicer", lambda _: harming)
    make: Make = maker(drive, tmp_path)
    loads = (COST, CAPACITY)
    records = [*carry_out(make("waitress", "dev", driver=harming, loads=loads, rounds=2))]
    lost = [record for record in records if record.failure]
    assert [(record.trial.round, record.failure) for record in lost] == [
        (0, "the Locust driver was ended by SIGKILL while it measured and said nothing.")
    ] * 2
    assert [[window.load for window in record.windows] for record in lost] == [["cost", "capacity"]] * 2
    well = [record for record in records if not record.failure]
    assert [record.trial.round for record in well] == [1, 1]
    assert all(len(record.windows) == 3 and not record.windows[-1].errors for record in well)


def own(started: Harness) -> psutil.Process:
    """The driver's process of a `bench load`."""
    return eventually(
        lambda: next((one for one in started.descendants() if "bench.drivers.locust_process" in one.cmdline()), None)
    )


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (psutil.Process.kill, "bench: the Locust driver was ended by SIGKILL while it measured and said nothing."),
        (psutil.Process.suspend, "bench: the Locust driver had said nothing for 30 s and was killed."),
        (partial(psutil.Process.send_signal, sig=signal.SIGSEGV), "bench: the Locust driver was ended by SIGSEGV"),
    ],
    ids=["killed", "stopped", "crashed"],
)
def test_bench_load_says_what_became_of_its_driver(
    start: Start, server: Scripted, tmp_path: Path, harm: Callable[[psutil.Process], None], words: str
) -> None:
    asked = len(server.requests)
    started = start(server.url, "--duration", 9, patience=20)
    eventually(lambda: len(server.requests) > asked)
    harm(own(started))
    assert started.sentence().startswith(words)
    assert left(tmp_path) == []
