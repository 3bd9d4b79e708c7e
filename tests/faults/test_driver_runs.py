"""A driver that is lost in the middle of something greater: a run of several rows, Locust with several workers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from loading import eventually
from scripted import HELLO, always, scripted
from test_drivers_locustfile import command, exactly

from bench import journal


def below(process: "subprocess.Popen[str]", name: str) -> Iterator[psutil.Process]:
    """Its descendants by that name or with that argument."""
    for one in psutil.Process(process.pid).children(recursive=True):
        try:
            if name == one.name() or name in one.cmdline():
                yield one
        except psutil.NoSuchProcess:
            continue


@contextmanager
def run(folder: Path, driver: str) -> "Iterator[subprocess.Popen[str]]":
    """One round of two rows."""
    asked = ["run", "waitress", "tornado-wsgi", "--driver", driver, "--rounds", "1", "--duration", "0.3"]
    argv = [sys.executable, "-m", "bench", *asked, "--connections", "4", "--results", str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process


def failures(process: "subprocess.Popen[str]", folder: Path) -> list[str | None]:
    """What became of the launches, once the run is over."""
    out, said = process.communicate(timeout=100)
    assert "Traceback" not in out + said
    assert process.returncode == 1, said
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(one.info["cmdline"] or ())]
    return [record.failure for record in journal.read(next(folder.iterdir())).records]


@pytest.mark.fault("driver", "its program is killed in mid-run", "that launch fails with the signal, other rows go on")
def test_a_run_goes_on_without_the_launch_whose_program_was_killed(tmp_path: Path) -> None:
    with run(tmp_path, "hey") as process:
        eventually(lambda: [*tmp_path.glob("*/logs/*-1.log")])
        eventually(lambda: next(below(process, "hey"), None)).kill()
        lost, well = failures(process, tmp_path)
    assert (lost, well) == ("hey was ended by SIGKILL and said nothing.", None)


@pytest.mark.fault("driver", "the Locust driver is killed in mid-run", "its launches fail with the signal; exit 1")
def test_launches_that_lost_the_locust_driver_fail_in_a_sentence(tmp_path: Path) -> None:
    with run(tmp_path, "locust") as process:
        eventually(lambda: len([*tmp_path.glob("*/logs/*-1.log")]) == 2)
        driver = eventually(lambda: next(below(process, "bench.drivers.locust_process"), None))
        used = driver.cpu_times().user
        eventually(lambda: driver.cpu_times().user > used + 0.05)
        # an order that comes to a stopped process is never carried out: it is not killed between two of them
        driver.suspend()
        time.sleep(0.5)
        driver.kill()
        told = failures(process, tmp_path)
    # in slices it loads both, in a whole window one of them
    assert {*told} - {None} == {"the Locust driver was ended by SIGKILL while it measured and said nothing."}


@pytest.mark.fault(
    "driver", "a Locust worker is killed in mid-run", "the others go on; what it had reported counts, once"
)
def test_a_lost_worker_is_counted_as_far_as_it_had_reported(tmp_path: Path) -> None:
    options = ("--headless", "--only-summary", "-u", "4", "-r", "4", "-t", "6s", "--processes", "2", "Stream")
    with scripted(always(HELLO)) as server:
        argv = command(tmp_path, server.url, *options)
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as locust:
            eventually(lambda: len(server.requests) > 20)
            worker, _ = psutil.Process(locust.pid).children(recursive=True)
            worker.kill()
            before = len(server.requests)
            out, _ = locust.communicate(timeout=60)
    assert "failed to send heartbeat, setting state to missing" in out
    assert locust.returncode == 0
    counted, _ = exactly(out)["/"]
    assert before < counted <= len(server.requests)
    assert f" {counted} " in next(line for line in out.splitlines() if line.strip().startswith("Aggregated"))
