"""Servers of several processes of which some die: real nginx, real Gunicorn, real uWSGI, each really killed."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import ill
import psutil
import pytest
from harming import Outcome, family, harmed, sending

from bench.model import Load, Target
from bench.validity import marks

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither nginx's nor Gunicorn's processes")

KEEPER = "import subprocess, sys, time; subprocess.run(sys.argv[1:]); time.sleep(60)"
PACE = 0.05
"""Seconds from one blow to the next, where workers are killed again and again."""
LOADS = (Load("capacity", connections=8, duration=0.4, windows=3, timeout=1.5),)


def workers(target: Target) -> Iterator[psutil.Process]:
    """Processes that live and whose parents belong to the server too, the eldest first."""
    members = family(target)
    for member in members:
        with suppress(psutil.NoSuchProcess):
            if member.ppid() in {one.pid for one in members} and member.status() != psutil.STATUS_ZOMBIE:
                yield member


def one_worker(target: Target) -> None:
    next(workers(target)).kill()


def again_and_again(target: Target) -> None:
    for _ in range(12):
        with suppress(psutil.NoSuchProcess, StopIteration):
            next(workers(target)).kill()
        time.sleep(PACE)


def backend(target: Target) -> None:
    for member in family(target):
        with suppress(psutil.NoSuchProcess):
            said = " ".join(member.cmdline())
            if "gunicorn" in said and "keeper.py" not in said:
                member.kill()


HARMS = {
    "uwsgi+nginx": sending(signal.SIGKILL, "nginx:"),
    "gunicorn+nginx": backend,
    "kept+nginx": backend,
    "waitress+nginx": sending(signal.SIGKILL, "nginx: worker"),
    "gunicorn-gthread": one_worker,
    "gunicorn": again_and_again,
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("fronts")
    keeper = folder / "keeper.py"
    keeper.write_text(KEEPER)
    behind = f"{{python}} {keeper} {{python}} -m gunicorn --bind unix:{{scratch}}/app.sock --umask 0 {{app}}"
    front = "nginx -p {scratch} -c {scratch}/nginx.conf -e stderr"
    rows = folder / "rows.toml"
    rows.write_text(
        ill.table("kept+nginx", behind, front, files='["nginx/nginx.conf", "nginx/proxy.site"]', front="true")
    )
    yield harmed(rows, HARMS, folder, LOADS, "threaded")
    assert not ill.remaining(folder)


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        pytest.param(
            "uwsgi+nginx",
            "was ended by SIGKILL under load capacity",
            marks=pytest.mark.fault("server", "its front proxy (nginx) dies", "the row fails, no answer is made up"),
        ),
        pytest.param(
            "gunicorn+nginx",
            "was ended by SIGKILL under load capacity",
            marks=pytest.mark.fault(
                "server", "its backend dies behind nginx", "502s are counted as such, the row fails"
            ),
        ),
        pytest.param(
            "kept+nginx",
            r"answered no more under load capacity: \d+ status 502",
            marks=pytest.mark.fault(
                "server", "its backend dies behind nginx, its command lives on", "a window of 502s fails the row"
            ),
        ),
    ],
)
def test_a_row_of_which_half_is_dead_fails(outcome: Outcome, name: str, failure: str) -> None:
    record = outcome.records[name]
    assert record.failure is not None
    assert record.failure.startswith(name)
    assert re.search(failure, record.failure)
    assert record.windows[0].responses
    assert not record.windows[0].errors
    assert sum(record.windows[1].errors.values())
    assert outcome.verdicts[name].word == "FAILED"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            "gunicorn-gthread",
            marks=pytest.mark.fault(
                "server", "one of its workers dies", "its master starts another, the row is marked"
            ),
        ),
        pytest.param(
            "waitress+nginx",
            marks=pytest.mark.fault(
                "server", "its front proxy's workers die", "nginx starts others, the row is marked"
            ),
        ),
        pytest.param(
            "gunicorn",
            marks=pytest.mark.fault(
                "server", "workers are killed again and again", "the row is marked, or fails when nobody answers"
            ),
        ),
    ],
)
def test_a_row_that_lost_workers_goes_on_and_says_so(outcome: Outcome, name: str) -> None:
    record, verdict = outcome.records[name], outcome.verdicts[name]
    assert record.lost or record.failure
    assert len(record.windows) == 3 or record.failure
    assert any(mark.rule == "WORKERS" for mark in marks(verdict)) or not verdict.valid


def test_a_row_that_lost_none_is_not_marked(outcome: Outcome) -> None:
    assert outcome.records["threaded"].lost == 0
    assert not any(mark.rule == "WORKERS" for mark in marks(outcome.verdicts["threaded"]))
