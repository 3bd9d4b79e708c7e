"""What commands print as JSON, and what a run is stored as, is what docs/schemas promises."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import synthetic
from jsonschema import Draft202012Validator

from bench import cli
from bench.drivers.summary import summary
from bench.journal import FILE
from bench.report.script import as_object
from bench.report.summary import summarise

SCHEMAS = Path(__file__).parent.parent / "docs" / "schemas"


def complaints(name: str, said: Any) -> list[str]:
    """Where something departs from a schema."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    found = Draft202012Validator(schema).iter_errors(json.loads(json.dumps(said)))
    return [f"{one.json_path}: {one.message[:300]}" for one in found]


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_a_schema_is_one(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("command", [["list"], ["list", "@all"], ["check", "waitress"]])
def test_a_command_keeps_its_promise(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*command, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said
    assert complaints(command[0], said) == []


@pytest.mark.parametrize("measured", [None, 0, 7])
def test_a_report_keeps_its_promise(measured: int | None) -> None:
    said = as_object(summarise(synthetic.read(measured=measured)))
    assert complaints("run", said) == []
    assert complaints("run", [said, said]) == []


def test_a_load_keeps_its_promise() -> None:
    windows = synthetic.read().records[0].windows
    bare = replace(windows[0], latency=None, latency_mean=None, lag=None, driver_cpu=None, received=None)
    for window in (*windows, bare):
        assert complaints("load", summary(window, "locust")) == []


def test_records_are_as_documented(tmp_path: Path) -> None:
    folder = synthetic.write(tmp_path / "run", synthetic.read(loads=synthetic.LOADS + synthetic.SWEEP))
    lines = [json.loads(line) for line in (folder / FILE).read_text("utf-8").splitlines()]
    assert len(lines) > 40
    assert [found for line in lines for found in complaints("records", line)] == []


@pytest.mark.parametrize(("name", "wrong"), [("run", {}), ("list", [{}]), ("check", {}), ("load", {"responses": "2"})])
def test_what_departs_is_seen(name: str, wrong: object) -> None:
    assert complaints(name, wrong)
