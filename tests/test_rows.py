"""Every row that can run here is really started, asked everything, and stopped; in CI all of the mission's can."""

import os
import sys
from pathlib import Path

import pytest

from bench.check import inspect
from bench.model import Server, Settings
from bench.rows.catalog import load_catalog
from bench.rows.programs import suits

CATALOG = load_catalog()
ROWS = [server for server in CATALOG.select(["@all"]) if CATALOG.obstacle(server) is None]


def lacking(*groups: str) -> dict[str, tuple[str, str]]:
    """The rows of these groups that exist but cannot run here, and why."""
    rows = [server for server in CATALOG.select(groups) if not server.unavailable and suits(server.platforms)]
    found = {server.name: CATALOG.obstacle(server) for server in rows}
    return {name: obstacle for name, obstacle in found.items() if obstacle}


def test_no_wheel_row_is_missing_here() -> None:
    assert lacking("@wheels") == {}


@pytest.mark.skipif(not os.environ.get("CI") or sys.platform != "linux", reason="CI on Linux installs all programs")
def test_no_row_of_the_mission_is_missing_in_continuous_integration() -> None:
    assert lacking("@mission") == {}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("server", ROWS, ids=lambda server: server.name)
def test_a_row_answers_everything_rightly_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    seen = inspect(CATALOG, server, Settings(), tmp_path)
    assert seen.failure is None
    assert seen.processes_left == 0
    assert seen.ok
