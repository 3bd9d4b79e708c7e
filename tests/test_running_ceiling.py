"""The driver's ceiling is measured with the fastest row there is, and only where that tells something."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic

from bench import drivers
from bench.errors import BenchError
from bench.model import Load, Request, Run, Settings
from bench.rows.catalog import load_catalog
from bench.running.ceiling import FASTEST, ceiling
from bench.running.measuring import Crew
from bench.system import machine

CATALOG = load_catalog()
CAPACITY = Load("capacity", connections=8, duration=0.1, slice=0.02)


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    here = machine.probe()
    with drivers.driving("locust", here.driver_cores) as drive:
        yield Crew(drive, here.server_cores, here.driver_cores)


def run(*loads: Load) -> Run:
    return replace(synthetic.run(), settings=Settings(), loads=loads)


@pytest.mark.parametrize("load", [CAPACITY, replace(CAPACITY, slice=None)], ids=["slices", "windows"])
def test_it_is_measured_as_rows_are(crew: Crew, tmp_path: Path, load: Load) -> None:
    most = ceiling(run(replace(load, name="cost", shared=True), load), CATALOG, crew, tmp_path)
    assert most is not None
    assert most > 0


def test_there_is_none_for_other_questions_or_without_a_fast_row(crew: Crew, tmp_path: Path) -> None:
    other = replace(CAPACITY, requests=(Request("/json", expected=None),))
    assert ceiling(run(other), CATALOG, crew, tmp_path) is None
    slow = {name: server for name, server in CATALOG.servers.items() if name not in FASTEST}
    assert ceiling(run(CAPACITY), replace(CATALOG, servers=slow), crew, tmp_path) is None


def test_a_row_that_does_not_start_says_why(crew: Crew, tmp_path: Path) -> None:
    broken = replace(CATALOG.servers["nginx-static"], run=("{python} -c pass",), programs=())
    known = replace(CATALOG, servers={"nginx-static": broken})
    with pytest.raises(BenchError, match="nginx-static exited with status 0"):
        ceiling(run(CAPACITY), known, crew, tmp_path)


def test_the_fastest_rows_exist() -> None:
    assert set(FASTEST) <= set(CATALOG.servers)
