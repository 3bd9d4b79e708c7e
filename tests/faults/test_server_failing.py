"""Servers that were well when they were verified and fall ill in mid-window: what came before is kept, and no more."""

import os
import re
import signal
from collections.abc import Iterator

import ill
import pytest
from harming import Outcome, harmed, sending

from bench import drivers
from bench.model import Load

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

ILL = {
    "exits": "later:exits",
    "silent": "later:silent",
    "gateway": "later:502",
    "body": "later:body",
    "short": "later:short",
    "long": "later:long",
    "closes": "later:closes",
    "garbage": "later:garbage",
    "stream": "later:endless-body",
    "head": "later:endless-head",
    "hints": "later:endless-hints",
    "killed": "well",
    "stopped": "well",
    "well": "well",
}
HARMS = {name: sending(signal.SIGUSR1, "ill.py") for name in ILL if name not in ("killed", "stopped", "well")}
HARMS |= {"killed": sending(signal.SIGKILL), "stopped": sending(signal.SIGSTOP)}
SLICES = (Load("capacity", connections=8, duration=0.2, windows=3, slice=0.01, timeout=1.5),)
WHOLE = (
    Load("capacity", connections=8, duration=0.3, windows=2, timeout=1.5),
    Load("half", connections=8, duration=0.3, share=0.5, timeout=1.5),
)


@pytest.fixture(scope="module")
def sliced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """All of them up together, by turns under the same load."""
    folder = tmp_path_factory.mktemp("sliced")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drivers, "slicer", lambda drive: drive)
        yield harmed(ill.rows(folder, **ILL), HARMS, folder, SLICES, "well")
    assert not ill.remaining(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Some of them, one after the other, under loads with and without a rate."""
    folder = tmp_path_factory.mktemp("whole")
    names = ("gateway", "killed", "stopped", "body")
    rows = ill.rows(folder, **{name: ILL[name] for name in (*names, "well")})
    yield harmed(rows, {name: HARMS[name] for name in names}, folder, WHOLE, "well")
    assert not ill.remaining(folder)


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        pytest.param(
            "killed",
            "was ended by SIGKILL",
            marks=pytest.mark.fault("server", "dies in mid-window", "the row fails with the signal, others go on"),
        ),
        pytest.param(
            "exits",
            "exited with status 3",
            marks=pytest.mark.fault("server", "exits in mid-window", "the row fails with its status, others go on"),
        ),
        pytest.param(
            "stopped",
            r"answered no more under load capacity: .*\d+ time-out",
            marks=pytest.mark.fault("server", "is stopped in mid-window (SIGSTOP)", "the row fails after one time-out"),
        ),
        pytest.param(
            "silent",
            r"answered no more under load capacity: .*\d+ time-out",
            marks=pytest.mark.fault("server", "answers no more in mid-window", "the row fails after one time-out"),
        ),
        pytest.param(
            "gateway",
            r"answered no more under load capacity: \d+ status 502",
            marks=pytest.mark.fault("server", "turns from 200 to 502 in mid-window", "the row fails with the status"),
        ),
        pytest.param(
            "body",
            r"answered no more under load capacity: \d+ body",
            marks=pytest.mark.fault(
                "server", "changes its answer in mid-window", "every body is compared: the row fails"
            ),
        ),
        pytest.param(
            "short",
            r"answered no more under load capacity: \d+ framing",
            marks=pytest.mark.fault(
                "server", "cuts its answers short in mid-window", "none of them counts, the row fails"
            ),
        ),
        pytest.param(
            "long",
            r"answered no more under load capacity: \d+ framing",
            marks=pytest.mark.fault("server", "sends more than it announces in mid-window", "the row fails"),
        ),
        pytest.param(
            "closes",
            r"answered no more under load capacity: \d+ reset",
            marks=pytest.mark.fault("server", "closes all connections in mid-window", "each is counted, the row fails"),
        ),
        pytest.param(
            "garbage",
            r"answered no more under load capacity: \d+ framing",
            marks=pytest.mark.fault("server", "sends binary garbage in mid-window", "none of it counts, the row fails"),
        ),
        pytest.param(
            "stream",
            r"answered no more under load capacity: .*\d+ (framing|time-out)",
            marks=pytest.mark.fault("server", "sends endless bodies in mid-window", "the row fails, memory is bounded"),
        ),
        pytest.param(
            "head",
            r"answered no more under load capacity: .*\d+ (framing|time-out)",
            marks=pytest.mark.fault("server", "sends endless headers in mid-window", "64 KiB are read, the row fails"),
        ),
        pytest.param(
            "hints",
            r"answered no more under load capacity: .*\d+ (framing|time-out)",
            marks=pytest.mark.fault("server", "sends endless hints in mid-window", "the row fails after one time-out"),
        ),
    ],
)
def test_a_server_that_falls_ill_in_mid_slices_is_dropped(sliced: Outcome, name: str, failure: str) -> None:
    record = sliced.records[name]
    assert re.match(f"{name} {failure}", record.failure or "")
    assert len(record.windows) == 2
    assert record.windows[0].responses
    assert not record.windows[0].errors
    assert sliced.verdicts[name].word == "FAILED"


def test_the_others_go_on(sliced: Outcome) -> None:
    record = sliced.records["well"]
    assert record.failure is None
    assert len(record.windows) == 3
    assert not any(window.errors for window in record.windows)


def test_the_driver_holds_no_more_for_endless_answers(sliced: Outcome) -> None:
    held = [window.driver_memory or 0 for window in sliced.records["well"].windows]
    assert held[0]
    assert held[-1] - held[0] < 64e6


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("killed", "was ended by SIGKILL under load"),
        ("stopped", "answered no more under load half: .*time-out"),
        ("gateway", "answered no more under load half: .*status 502"),
        ("body", "answered no more under load half: .*body"),
    ],
)
def test_it_is_no_other_in_whole_windows(whole: Outcome, name: str, failure: str) -> None:
    record = whole.records[name]
    assert re.match(f"{name} {failure}", record.failure or "")
    assert record.windows[0].responses
    assert not record.windows[0].errors
    assert sum(record.windows[1].errors.values())
    assert whole.verdicts[name].word == "FAILED"
    assert whole.records["well"].failure is None
