"""Where CI is set, tests are the same each time, and none is skipped for want of what this machine could install."""

import os
import re
import signal
import sys
from collections.abc import Generator
from typing import TypeVar

import pytest
from hypothesis import settings

# CI tells whether a change broke something; what nobody has thought of yet is looked for at one's desk.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

NOT_ON_WINDOWS = [
    f"test_{name}.py" for name in ("cli", "drivers_locust", "processes_warden", "progress", "running_session_faults")
]
"""They send signals, fork, or look at terminals; test_wine.py has what Windows does in their place."""
if sys.platform == "win32":
    collect_ignore = NOT_ON_WINDOWS

if sys.platform != "win32":
    # In the background and under nohup they are ignored, and whatever tests start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
ANOTHER_SYSTEM = re.compile(r"\b(Windows|macOS|Linux)\b")


@pytest.fixture(scope="session", autouse=True)
def turn(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Tests measure nothing that counts, so sessions at the same time wait neither for each other nor for others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_TURN", str(tmp_path_factory.mktemp("turn") / "turn"))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refused((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refused((yield))


def _refused(report: Report) -> Report:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not ANOTHER_SYSTEM.search(reason):
            report.outcome = "failed"
            report.longrepr = f"{reason}: CI must have what its tests need; .ci/run installs it"
    return report
