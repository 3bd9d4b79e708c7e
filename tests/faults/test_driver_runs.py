"""A driver that is lost in the middle of something greater: a run of several rows, Locust with several workers."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from scripted import HELLO, always, scripted
from struck import Command, outcome, running
from test_drivers_locustfile import command, exactly
from waiting import eventually

from bench import journal


def below(process: "subprocess.Popen[str]", program: str, argument: str | None = None) -> Iterator[psutil.Process]:
    """Its descendants that are such a program, and have that argument."""
    for one in psutil.Process(process.pid).children(recursive=True):
        try:
            # A warden has the name of what it is going to start among its arguments.
            if one.name().startswith(program) and (argument is None or argument in one.cmdline()):
                yield one
        except psutil.NoSuchProcess:
            continue


def run(driver: str) -> list[str]:
    """One round of two rows."""
    rows = ["run", "waitress", "tornado-wsgi", "--driver", driver]
    return [*rows, "--rounds", "1", "--duration", "0.3", "--connections", "4"]


def failures(command: Command, folder: Path) -> list[str | None]:
    """What became of the launches, once the run is over."""
    seen = outcome(command)
    assert "Traceback" not in seen.out + seen.err
    assert seen.status == 1, seen.err
    assert seen.left == []
    (results,) = folder.glob("results/*")
    return [record.failure for record in journal.read(results).records]


@pytest.mark.fault("driver", "its program is killed in mid-run", "that launch fails with the signal, other rows go on")
def test_a_run_goes_on_without_the_launch_whose_program_was_killed(tmp_path: Path) -> None:
    with running(run("hey"), tmp_path, "step:start") as command:
        command.until("step:start")
        command.go()
        eventually(lambda: next(below(command.process, "hey"), None)).kill()
        lost, well = failures(command, tmp_path)
    assert (lost, well) == ("hey was ended by SIGKILL and said nothing.", None)


@pytest.mark.fault("driver", "the Locust driver is killed in mid-run", "its launches fail with the signal; exit 1")
def test_launches_that_lost_the_locust_driver_fail_in_a_sentence(tmp_path: Path) -> None:
    moments = ("step:cost", "bench.drivers.remote:Remote._tell", "bench.drivers.remote:Remote._hear")
    with running(run("locust"), tmp_path, *moments) as command:
        command.until(moments[0])
        command.go()
        command.until(moments[1])
        (driver,) = below(command.process, "python", "bench.drivers.locust_process")
        # stopped before it has its order and killed when it has it: it cannot have carried it out
        driver.suspend()
        command.go()
        command.until(moments[2])
        driver.kill()
        command.go()
        told = failures(command, tmp_path)
    assert told == ["the Locust driver was ended by SIGKILL while it measured and said nothing."] * 2


@pytest.mark.fault(
    "driver", "a Locust worker is killed in mid-run", "the others go on; what it had reported counts, once"
)
def test_a_lost_worker_is_counted_as_far_as_it_had_reported(tmp_path: Path) -> None:
    options = ("--headless", "--only-summary", "-u", "4", "-r", "4", "-t", "15s", "--processes", "2", "Stream")
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
