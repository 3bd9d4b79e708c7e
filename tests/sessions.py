"""Runs for tests: any rows under small loads, with the driver that they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import synthetic
from rows import file_of_faults

from bench import drivers
from bench.drivers.remote import Remote
from bench.model import Load, Settings
from bench.rows.catalog import load_catalog
from bench.running.measuring import Crew
from bench.running.session import Bench
from bench.system import machine

COST = Load("cost", connections=4, duration=0.03, slice=0.01, shared=True)
CAPACITY = Load("capacity", connections=8, duration=0.03, windows=2, slice=0.01)
LOADS = (
    COST,
    CAPACITY,
    Load("half", connections=8, duration=0.2, share=0.5),
    Load("common", connections=8, duration=0.2, share=0.5, share_of="slowest"),
)
WHOLE = (Load("capacity", connections=8, duration=0.3, windows=2), LOADS[2])


class Make(Protocol):
    """Rows, and what is to be otherwise than in a run of one round, to what carries them out."""

    def __call__(self, *rows: str, **more: Any) -> Bench: ...


@contextmanager
def driver() -> Iterator[Remote]:
    with drivers.driving("locust", machine.probe().driver_cores) as drive:
        assert isinstance(drive, Remote)
        yield drive


def maker(drive: Remote, folder: Path) -> Make:
    """Runs of the project's rows, and of `exits`, which never comes up."""
    here = machine.probe()
    catalog = load_catalog(file_of_faults(folder, {"exits": "print('no such app'); raise SystemExit(3)"}))

    def make(
        *rows: str, loads: tuple[Load, ...] = LOADS, driver: Any = drive, rounds: int | None = 1, **more: Any
    ) -> Bench:
        of_run = {name: more.pop(name) for name in ("precision", "max_time") if name in more}
        shapes = tuple(synthetic.Shape(row, 1000, 1e-3) for row in rows)
        run = replace(
            synthetic.run(shapes), settings=Settings(), machine=here, loads=loads, rounds=rounds, seed=3, **of_run
        )
        return Bench(run, catalog, Crew(driver, here.server_cores, here.driver_cores), folder, **more)

    return make


@pytest.fixture(scope="module")
def drive() -> Iterator[Remote]:
    """One driver for all tests of a module."""
    with driver() as drive:
        yield drive


@pytest.fixture
def bench(drive: Remote, tmp_path: Path) -> Make:
    return maker(drive, tmp_path)
