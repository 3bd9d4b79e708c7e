"""Every row that wheels alone can run is really started, asked everything, and stopped."""

from pathlib import Path

import pytest

from bench.catalog import load_catalog
from bench.check import inspect
from bench.model import Settings

CATALOG = load_catalog()
ROWS = [server for server in CATALOG.select(["@wheels"]) if CATALOG.obstacle(server) is None]


def test_no_wheel_row_is_missing_here() -> None:
    assert [server.name for server in CATALOG.select(["@wheels"])] == [server.name for server in ROWS]


@pytest.mark.parametrize("server", ROWS, ids=lambda server: server.name)
def test_a_wheel_row_answers_everything_rightly_and_leaves_nothing(server, tmp_path: Path) -> None:
    seen = inspect(CATALOG, server, Settings(), tmp_path)
    assert seen.failure is None
    assert seen.processes_left == 0
    assert seen.slots_measured == seen.slots_expected
