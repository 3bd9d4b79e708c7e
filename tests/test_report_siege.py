"""Siege's columns say what siege would say, and stand beside what was published in 2016."""

import json
from pathlib import Path

import pytest

from bench import journal
from bench.cli import main
from bench.drivers.siege import SIEGE
from bench.model import Load, Window
from bench.report import siege
from bench.report.published import PUBLISHED

LOAD = Load("siege", connections=255, requests_each=100, keep_alive=False)


def window(**more: object) -> Window:
    known: dict[str, object] = {"load": "siege", "model": "closed", "connections": 255, "started": 0.0}
    return Window(**{**known, "duration": 2.0, "responses": 3000, **more})  # type: ignore[arg-type]


def test_a_window_in_sieges_terms() -> None:
    seen = siege.as_siege(window(errors={"reset": 10}, latency_mean=0.1), LOAD)
    assert (seen.transactions, seen.successful, seen.failed) == (3000, 3000, 10)
    assert seen.availability == 3000 / 3010
    assert seen.transaction_rate == 1500
    assert seen.concurrency == pytest.approx(150)
    assert seen.transferred == 3000 * 12 / 2**20
    assert (seen.longest, seen.shortest) == (None, None)


def test_what_siege_said_itself_comes_out_as_it_said_it() -> None:
    said = json.loads((Path(__file__).parent / "outputs" / "siege.txt").read_text())
    measured = SIEGE.parse(json.dumps(said))
    told = window(
        duration=measured.duration,
        responses=measured.responses,
        errors=measured.errors,
        latency_mean=measured.mean,
        latency_quantiles=measured.quantiles,
    )
    seen = siege.as_siege(told, LOAD)
    assert seen.transactions == said["transactions"]
    assert seen.concurrency == pytest.approx(said["concurrency"])
    assert seen.transaction_rate == pytest.approx(said["transaction_rate"], abs=0.01)
    assert seen.transferred == pytest.approx(said["data_transferred"], abs=0.01)
    assert (seen.longest, seen.shortest) == (said["longest_transaction"], said["shortest_transaction"])


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_figures_agree_with_each_other(name: str) -> None:
    told = PUBLISHED[name]
    assert told.transactions + told.failed == 255 * 100
    assert told.availability == pytest.approx(told.transactions / 25500, abs=1e-4)
    assert told.transaction_rate == pytest.approx(told.transactions / told.elapsed, rel=1e-3)
    assert told.transferred == pytest.approx(told.transactions * 12 / 2**20, abs=0.01)


def test_siege_is_told_how_often_each_is_to_ask() -> None:
    assert "--reps=100" in SIEGE.command(LOAD, "http://127.0.0.1:1", 1)
    assert "--time=1S" in SIEGE.command(Load("capacity"), "http://127.0.0.1:1", 1)


def the_test_of_2016(driver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, str]:
    """The run's folder and what was printed; once more where siege never ended, or counted nothing, as it may do.

    Both happen to siege itself on a busy machine, and are told as failures of the launch.
    """
    faults = ("siege had not ended", "siege measured nothing")
    for attempt in range(4):
        few = ["--connections", "8", "--rounds", "1", "--results", str(tmp_path / f"{attempt}"), "--driver", driver]
        main(["run", "--profile", "siege", "dev", "waitress", *few])
        folder = next((tmp_path / f"{attempt}").iterdir())
        text = capsys.readouterr().out
        if not any((record.failure or "").startswith(faults) for record in journal.read(folder).records):
            break
    return folder, text


@pytest.mark.slow
@pytest.mark.parametrize("driver", ["locust", "siege"])
def test_the_test_of_2016_is_one_command(driver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, text = the_test_of_2016(driver, tmp_path, capsys)
    assert [record.failure for record in journal.read(folder).records] == [None, None]
    assert "trans/s 2016" not in text
    assert text.count(" 800  ") >= 4
    assert {record.windows[0].responses for record in journal.read(folder).records} == {800}
    assert "| dev | 800 | 100.00 % |" in (folder / "summary.md").read_text()
    main(["report", str(folder), "--json"])
    rows = {row["name"]: row["siege"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["dev"]["transactions"] == 800
    assert rows["dev"]["published"]["transaction_rate"] == 604.14
    assert rows["waitress"]["published"] is None
