"""Histories: steps are found, put down to commits and versions, freed of the machine, and told."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import comparisons
import pytest
import synthetic
from synthetic import sound

from bench.history import History, Track, history
from bench.report.history_text import as_object, commits, headline, page
from bench.stored import shelf
from bench.stored.archive import digests
from bench.stored.digest import Digest, Figures, Portrait

SLOWER_FROM = 12


def told(values: dict[str, float], yardsticks: tuple[str, ...] = (), at: int = 0) -> Digest:
    """A run of rows with one value of CPU time each."""
    return Digest(
        folder=f"run-{at:04}",
        name="nightly",
        started=f"2026-{1 + at // 28:02}-{1 + at % 28:02}T03:00:00+00:00",
        commit=f"{at:012x}",
        driver="locust",
        complete=True,
        conditions={"versions": {"gunicorn": "27" if at < SLOWER_FROM else "28"}, "settings": {"seed": str(at)}},
        rows={
            name: Portrait("VALID", None, "HTTP/1.1", name in yardsticks, {"cpu": Figures({0: value})}, {})
            for name, value in values.items()
        },
    )


def nightly(of: Callable[[int, Random], dict[str, float]], runs: int = 24, yardsticks: tuple[str, ...] = ()) -> History:
    draw = Random(4)
    return history([told(of(at, draw), yardsticks, at) for at in range(runs)])


def track(found: History, row: str, metric: str = "cpu") -> Track:
    return next(one for one in found.tracks if (one.row, one.metric) == (row, metric))


def noise(draw: Random, scatter: float = 0.01) -> float:
    return math.exp(draw.gauss(0, scatter))


def test_a_step_is_found_with_its_commits_and_what_changed() -> None:
    found = nightly(
        lambda at, draw: {"a": noise(draw), "b": (1.1 if at >= SLOWER_FROM else 1.0) * noise(draw)},
    )
    (step,) = track(found, "b").steps
    assert (step.before, step.after) == (SLOWER_FROM - 1, SLOWER_FROM)
    assert step.worse
    assert step.word == "slower"
    assert step.ratio.value == pytest.approx(1.1, rel=0.02)
    assert commits(found.runs, step) == "00000000000b..00000000000c"
    assert [(one.name, one.before, one.after) for one in step.differences] == [("gunicorn", "27", "28")]
    assert track(found, "a").steps == ()
    assert [one.row for one in found.worsened] == ["b"]
    assert headline(found).startswith("Worse than before, and still so in the newest of 24 runs: b (CPU +")


def test_what_recovered_is_worse_no_longer() -> None:
    found = nightly(lambda at, draw: {"a": (1.2 if 6 <= at < 14 else 1.0) * noise(draw)})
    assert [one.worse for one in track(found, "a").steps] == [True, False]
    assert found.worsened == ()
    assert "No newest level is worse" in headline(found)


def test_yardsticks_take_off_what_the_machine_does() -> None:
    def drifting(at: int, draw: Random) -> dict[str, float]:
        machine = 1.3 if at >= 8 else 1.0
        return {"bare": machine * noise(draw), "app": machine * (1.08 if at >= 16 else 1.0) * noise(draw)}

    plain, freed = nightly(drifting), nightly(drifting, yardsticks=("bare",))
    assert [one.after for one in track(plain, "app").steps][:1] == [8]
    assert not track(plain, "app").normalised
    assert [one.after for one in track(freed, "app").steps] == [16]
    assert track(freed, "app").normalised
    assert track(freed, "bare").steps
    assert freed.yardsticks == ("bare",)


def test_rows_without_a_yardstick_in_each_run_stay_as_they_are() -> None:
    found = nightly(
        lambda at, draw: {"app": noise(draw)} | ({"bare": noise(draw)} if at % 2 else {}), yardsticks=("bare",)
    )
    assert not track(found, "app").normalised


def test_struck_out_and_doubtful_figures_are_left_out() -> None:
    runs = [told({"a": 1.0}, at=at) for at in range(6)]
    broken = replace(runs[2], rows={"a": replace(runs[2].rows["a"], verdict="ERRORS")})
    doubted = replace(runs[3], rows={"a": replace(runs[3].rows["a"], figures={"cpu": Figures({0: 9.0}, None, "late")})})
    assert track(history([*runs[:2], broken, doubted, *runs[4:]]), "a").runs == (0, 1, 4, 5)


def test_the_order_is_that_of_time_whatever_the_folders_are_called() -> None:
    runs = [told({"a": 1.0}, at=at) for at in range(5)]
    assert history(reversed(runs)).runs == tuple(runs)


def test_few_runs_have_no_steps() -> None:
    found = nightly(lambda at, draw: {"a": 1.0 + at}, runs=3)
    assert track(found, "a").steps == ()
    assert headline(nightly(lambda at, draw: {"a": 1.0}, runs=1)) == "One run could be read: a history needs several."


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight journals, waitress dearer in the newest four; one that is damaged, and a folder of another kind."""
    folder = tmp_path_factory.mktemp("results")
    for at in range(8):
        shape = comparisons.slowed(1.4 if at >= 4 else 1.0)
        said = comparisons.journal(shape, sound("uwsgi"), seed=at, name="nightly", rounds=2)
        started = f"2026-11-{at + 1:02}T03:00:00+00:00"
        synthetic.write(
            folder / f"202611{at + 1:02}T030000-nightly", replace(said, run=replace(said.run, started=started))
        )
    (folder / "20261109T030000-damaged").mkdir()
    (folder / "20261109T030000-damaged" / "records.jsonl").write_text('{"format": 1, "run": {}}\n')
    (folder / "notes").mkdir()
    return folder


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)


def test_stored_runs_are_read_and_a_damaged_one_costs_itself_alone(stored: Path) -> None:
    done = bench("history", stored)
    assert done.returncode == 1
    assert done.stderr == f"bench: passed over, without records.jsonl: {stored / 'notes'}\n"
    text = " ".join(done.stdout.split())
    assert "Worse than before, and still so in the newest of 8 runs: waitress (CPU +" in text
    assert "between 20261104T030000-nightly and 20261105T030000-nightly" in text
    assert "20261109T030000-damaged is left out: " in text
    said = json.loads(bench("history", stored, "--json", "--least", 60).stdout)
    assert len(said["runs"]) == 8
    assert not [one for one in said["tracks"] if one["steps"]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "there is no run in nowhere"),
        (["{stored}", "--yardsticks", "ngix"], "no run has a row 'ngix' to be a yardstick."),
        (["{stored}", "--least", "x"], "'x' is not a positive number"),
    ],
)
def test_a_wrong_question_costs_a_sentence(stored: Path, arguments: list[str], sentence: str) -> None:
    done = bench("history", *(one.format(stored=stored) for one in arguments))
    assert done.returncode == 2
    assert sentence in done.stderr


def test_many_runs_are_read_as_few_are(stored: Path) -> None:
    runs = shelf.runs(stored) * 3
    assert [found for _, found in digests(runs)] == [found for _, found in digests(shelf.runs(stored))] * 3


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_text_fits_the_terminal_and_has_a_plain_form(width: int) -> None:
    found = nightly(lambda at, draw: {"gunicorn-gthread": (1.1 if at >= SLOWER_FROM else 1.0) * 1e-4 * noise(draw)})
    text = page(found, width, colour=False, unicode=True)
    assert max(map(len, text.splitlines())) <= width
    plain = page(found, width, colour=False, unicode=False)
    assert plain.isascii()
    assert "?" not in plain
    assert json.loads(json.dumps(as_object(found)))["tracks"][0]["steps"][0]["word"] == "slower"
