"""Cold starts are launched in random order, once with compiled code and once without, and told with their intervals."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from rows import file_of_faults

from bench import cold
from bench.cli import main
from bench.cold import Experiment, Start
from bench.rows.catalog import load_catalog
from bench.verbs.cold import summarised

CATALOG = load_catalog()


def test_a_row_is_launched_with_compiled_code_and_without(tmp_path: Path) -> None:
    servers = (CATALOG.servers["waitress"],)
    starts = list(cold.carry_out(Experiment(CATALOG, servers, CATALOG.settings, 2, tmp_path, seed=1)))
    assert sorted(start.compiled for start in starts) == [False, False, True, True]
    assert all(start.failure is None and start.processes == 1 for start in starts)
    assert all(start.ready and start.first and start.second and len(start.workers) == 1 for start in starts)
    compiled = list((tmp_path / "compiled").rglob("*.pyc"))
    assert any("flask_app" in path.name for path in compiled)
    assert not list((tmp_path / "empty").rglob("*"))


def test_every_worker_that_shows_itself_is_asked_its_first(tmp_path: Path) -> None:
    server = CATALOG.servers.get("gunicorn")
    if server is None or CATALOG.obstacle(server):
        pytest.skip("Gunicorn does not run on Windows")
    experiment = Experiment(CATALOG, (server,), CATALOG.settings, 1, tmp_path, seed=1, compiled=(True,))
    (start,) = cold.carry_out(experiment)
    assert 1 <= len(start.workers) <= 8
    assert start.processes is not None
    assert start.processes >= 1


def test_a_launch_that_fails_costs_itself_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = str(file_of_faults(tmp_path))
    assert main(["cold", "exits", "--servers", rows, "--launches", "1", "--code", "source", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [launch["failure"] for launch in told["launches"]] == told["rows"][0]["failures"]
    assert "exited with status 3" in told["rows"][0]["failures"][0]
    assert told["rows"][0]["first"] is None


def test_the_order_is_random_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    rows = load_catalog(file_of_faults(tmp_path))
    servers = (rows.servers["exits"], rows.servers["wrong-status"])

    def order(seed: int) -> list[tuple[str, bool]]:
        experiment = Experiment(rows, servers, rows.settings, 3, tmp_path, seed)
        return [(start.row, start.compiled) for start in cold.carry_out(experiment)]

    once = order(5)
    assert once == order(5)
    assert sorted(once) == sorted([(server.name, code) for server in servers for code in (True, False)] * 3)


def test_rows_of_iis_are_tried_in_each_way_to_wake() -> None:
    rows = cold.awakened(CATALOG.servers["iis+wfastcgi"])
    assert [row.name.partition(", ")[2] for row in rows] == ["ondemand", "running", "preload", "initialised", "asking"]
    assert [row.run[0].partition("--backlog {backlog}")[2] for row in rows] == [*cold.WAKINGS.values()]
    assert cold.awakened(CATALOG.servers["waitress"]) == [CATALOG.servers["waitress"]]


KEPT = """
import os, sys, threading, time
from pathlib import Path
from bench.processes import adoption
from waitress import serve
from flask_app import app

said = Path(sys.argv[1])

def seen(environ, start_response):
    with said.open("a") as file:
        file.write("asked ")
    return app(environ, start_response)

def tell():
    # The port is open long before.
    time.sleep(0.5)
    with said.open("a") as file:
        file.write("up ")
    adoption.adopt([], os.getpid(), Path(os.environ["TMPDIR"]).parent)

threading.Thread(target=tell).start()
serve(seen, listen=f"127.0.0.1:{sys.argv[2]}")
"""


def test_the_first_visitor_of_a_site_of_iis_comes_when_its_keeper_says_that_it_is_up(tmp_path: Path) -> None:
    (tmp_path / "kept.py").write_text(KEPT)
    told = tmp_path / "told"
    run = f"{{harness}} {tmp_path / 'kept.py'} {told} {{port}} -m bench.iis "
    row = replace(
        CATALOG.servers["waitress"], run=(run,), environment={"PYTHONPATH": os.pathsep.join(["{project}", "{library}"])}
    )
    experiment = Experiment(CATALOG, (row,), CATALOG.settings, 1, tmp_path, seed=1, compiled=(True,), calm=0.1)
    starts = list(cold.carry_out(experiment))
    assert [start.failure for start in starts] == [None] * len(cold.WAKINGS)
    assert [part.split()[0] for part in told.read_text().split("up ")[1:]] == ["asked"] * 2 * len(cold.WAKINGS)
    assert told.read_text().startswith("up ")


def test_a_site_of_iis_whose_keeper_ends_is_not_waited_for(tmp_path: Path) -> None:
    row = replace(CATALOG.servers["waitress"], run=('{harness} -c "import sys; sys.exit(3)" -m bench.iis ',))
    experiment = Experiment(CATALOG, (row,), CATALOG.settings, 1, tmp_path, seed=1, compiled=(True,), calm=0.1)
    assert all("exited with status 3" in str(start.failure) for start in cold.carry_out(experiment))


def test_a_table_has_intervals_and_the_slowest_worker_of_each_launch() -> None:
    starts = [
        Start("x", True, ready=1.0, first=0.1, second=0.01, workers=(0.1, 0.3), processes=2),
        Start("x", True, ready=2.0, first=0.2, second=0.01, workers=(0.2, 0.1), processes=3),
        Start("x", False, failure="no"),
    ]
    compiled, source = summarised(starts)
    assert compiled["worker"] == {
        "value": pytest.approx(0.25),
        "low": pytest.approx(0.0),
        "high": pytest.approx(0.8853, abs=1e-3),
    }
    assert (compiled["processes"], compiled["launches"], compiled["workers_seen"]) == ([2, 3], 2, [2])
    assert (source["compiled"], source["first"], source["failures"]) == (False, None, ["no"])
