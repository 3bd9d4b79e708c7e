"""A situation by its name brings its rows and its loads, and says what advice it puts to the test."""

import json
import re
from pathlib import Path

import pytest

from bench.cli import main
from bench.errors import ConfigurationError
from bench.rows import catalog as catalog_module
from bench.rows import scenarios
from bench.rows.catalog import assets, load_catalog
from bench.rows.scenarios import find_scenario, load_scenarios

CATALOG = load_catalog()
SITUATIONS = ["development", "small", "static", "https", "production", "traffic"]


def test_every_situation_of_the_guide_is_there_and_the_test_of_2016() -> None:
    known = load_scenarios()
    assert [*known] == [*SITUATIONS, "siege"]
    for scenario in known.values():
        assert len(CATALOG.select([scenario.group])) > 3
        assert scenario.advice
        assert scenario.question.endswith("?")
        assert scenario.loads[0].model == "closed"


def test_static_files_are_asked_for_and_expected_byte_for_byte() -> None:
    file = (assets() / "apps" / "static" / "style.css").read_text("utf-8")
    for load in find_scenario("static").loads:
        assert [(request.path, request.expected) for request in load.requests] == [("/static/style.css", file)]
    assert {server.name for server in CATALOG.select(["@static"])} >= {"gunicorn+nginx", "gunicorn+nginx-files"}


def test_https_is_measured_with_and_without_on_kept_and_on_new_connections() -> None:
    rows = CATALOG.select(["@https"])
    assert {server.tls for server in rows} == {True, False}
    assert {load.keep_alive for load in find_scenario("https").loads} == {True, False}


def test_the_test_of_2016_asks_as_siege_did() -> None:
    (load,) = find_scenario("siege").loads
    assert (load.connections, load.requests_each, load.keep_alive) == (255, 100, False)


def test_a_name_that_is_nearly_right_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--scenario", "statics"]) == 2
    assert "there is no scenario 'statics'. Did you mean 'static'?" in capsys.readouterr().err
    assert main(["list", "--scenario", "xyz"]) == 2
    assert "`bench list --scenario` shows what there is" in capsys.readouterr().err


def test_the_list_shows_scenarios_and_the_rows_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--scenario", "--json"]) == 0
    told = {scenario["name"]: scenario for scenario in json.loads(capsys.readouterr().out)}
    assert [*told] == [*SITUATIONS, "siege"]
    assert "gunicorn+nginx-balance" in told["traffic"]["rows"]
    assert main(["list", "--scenario", "traffic", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == told["traffic"]["rows"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[mine]\ntitle = 'x'\nadvise = 'x'", "has an unknown key 'advise'. Did you mean 'advice'?"),
        ("{told}", "has no [[loads]]"),
        ("{told}\n[[mine.loads]]\nconnections = 0", "connections must be more than 0"),
        (
            "{told}\n[[mine.loads]]\nrequests = [{{ path = '/', file = 'apps/none.css' }}]",
            "expects the file 'apps/none.css'",
        ),
        ("{told}\n[[mine.loads]]\nrequests_each = 5\nrate = 3", "which is for one request of a closed model"),
    ],
)
def test_a_scenario_that_cannot_be_followed_is_refused(
    text: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "[mine]\ntitle = 'x'\nsituation = 'x'\nadvice = 'x'\nquestion = 'x'"
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "scenarios.toml").write_text(text.format(told=told))
    monkeypatch.setattr(scenarios, "assets", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match=re.escape(scenarios.FILE)) as raised:
        load_scenarios()
    assert sentence in str(raised.value)
    assert catalog_module.assets() != tmp_path


@pytest.mark.slow
def test_a_scenario_is_measured_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    brief = ["--rounds", "1", "--duration", "0.1", "--connections", "4", "--results", str(tmp_path), "--json"]
    main(["run", "gunicorn+nginx-files", "gunicorn-gthread", "--scenario", "static", *brief])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["name"] for row in rows} == {"gunicorn+nginx-files", "gunicorn-gthread"}
    assert all(row["errors"] == {} and row["responses"] > 0 and row["bytes_per_response"] > 16_000 for row in rows)
