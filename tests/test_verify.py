"""A run that was left alone agrees with itself; whatever was edited, damaged or lost is named with its place."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from sealing import sealed
from test_schemas import complaints

from bench import journal, report
from bench.cli import main
from bench.histogram import Histogram
from bench.model import Record, Run, Window
from bench.running import plan
from bench.verify import Fault, verified


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its report, as `bench run` leaves it."""
    folder = tmp_path_factory.mktemp("results") / "20261120T120000-run"
    said = synthetic.read((synthetic.sound("waitress"), synthetic.sound("gunicorn")))
    synthetic.write(folder, replace(said, records=tuple(consistent(record, said.run) for record in said.records)))
    report.write(folder)
    return folder


def consistent(record: Record, run: Run) -> Record:
    """An invented record with its counts as its histograms have them, of a launch that the run's seed draws."""
    drawn = plan.a_round(list(run.servers), record.trial.round, run.seed)
    trial = next(trial for trial in drawn if trial.server == record.trial.server)
    return replace(record, trial=trial, windows=tuple(map(counted, record.windows)))


def counted(window: Window) -> Window:
    latency = Histogram.decode(window.latency or "")
    mean = latency.mean or 0.0
    duration = latency.count * mean / window.connections if window.model == "closed" else window.duration
    cpu = (window.server_cpu or 0.0) * latency.count / window.responses
    changes = {
        "responses": latency.count,
        "latency_mean": mean,
        "duration": duration,
        "server_cpu": cpu,
        "series": (),
        "opened": None,
    }
    return replace(window, **changes)  # type: ignore[arg-type]


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / stored.name))


def edit(run: Path, line: int, change: Callable[[str], str], file: str = journal.FILE) -> None:
    lines = (run / file).read_text("utf-8").split("\n")
    changed = change(lines[line - 1])
    assert changed != lines[line - 1]
    changed = "\n".join(map(sealed, changed.split("\n")))
    (run / file).write_text("\n".join([*lines[: line - 1], changed, *lines[line:]]), "utf-8")


def faults(run: Path) -> list[Fault]:
    return [fault for fault in verified(run).faults if fault.file == journal.FILE]


def test_a_run_that_was_left_alone_agrees_with_itself(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(run)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("✓ ")
    assert "6 records agree with themselves" in said
    assert "table.csv" in said
    assert "Verdicts: VALID 2." in said


def test_a_count_that_was_edited_is_named_with_its_line_and_with_what_it_changes(run: Path) -> None:
    first = json.loads((run / journal.FILE).read_text().split("\n")[1])["record"]["windows"][0]["responses"]
    edit(run, 2, lambda line: line.replace(f'"responses":{first},', f'"responses":{first + 900},', 1))
    found = verified(run)
    assert not found.holds
    assert (
        Fault(
            journal.FILE, 2, f"window 1, capacity: responses is {first + 900:,}, and {first:,} latencies were counted"
        )
        in found.faults
    )
    assert {"table.csv", "report.html", "summary.md"} <= {fault.file for fault in found.faults}


@pytest.mark.parametrize(("driver", "added", "contradicts"), [("wrk", 5, False), ("wrk", -5, True), ("hey", 5, True)])
def test_only_wrk_counts_more_latencies_than_responses(run: Path, driver: str, added: int, contradicts: bool) -> None:
    first = json.loads((run / journal.FILE).read_text().split("\n")[1])["record"]["windows"][0]["responses"]
    edit(run, 1, lambda line: line.replace('"driver":"locust"', f'"driver":"{driver}"', 1))
    edit(run, 2, lambda line: line.replace(f'"responses":{first},', f'"responses":{first - added},', 1))
    assert any("latencies were counted" in fault.told for fault in faults(run)) == contradicts


def test_an_edited_table_is_named_by_row_and_column(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(run, 3, lambda line: line.replace("VALID", "BEST"), "table.csv")
    assert main(["verify", str(run)]) == 1
    said = capsys.readouterr().out
    assert "1 fault" in said
    assert "verdict: it says BEST, the records VALID" in said


def test_an_edited_sentence_is_shown_beside_the_derived_one(run: Path) -> None:
    edit(run, 1, lambda line: line.replace("gunicorn", "waitress"), "summary.md")
    (fault,) = verified(run).faults
    assert fault.file == "summary.md"
    assert fault.told.startswith("line 1 says ")
    assert "'waitress" in fault.told or "waitress" in fault.told


def test_a_damaged_line_is_named_and_nothing_derived_from_the_rest(run: Path) -> None:
    edit(run, 4, lambda line: line[:200])
    edit(run, 6, lambda line: line.replace('"round":', '"square":', 1))
    found = verified(run)
    assert [(fault.line, fault.told.split(":")[0]) for fault in found.faults] == [
        (4, "it is damaged"),
        (6, "it is damaged"),
    ]
    assert found.compared == ()


def test_a_launch_that_the_seed_does_not_draw_is_named(run: Path) -> None:
    seed = json.loads((run / journal.FILE).read_text().split("\n")[2])["record"]["trial"]["seed"]
    edit(run, 3, lambda line: line.replace(f'"seed":{seed}', f'"seed":{seed + 1}', 1))
    (fault,) = faults(run)
    assert (fault.line, "draws no such launch" in fault.told) == (3, True)


def test_a_record_that_was_written_twice_is_named(run: Path) -> None:
    edit(run, 3, lambda line: f"{line}\n{line}")
    (fault,) = faults(run)
    assert (fault.line, "is a second record of" in fault.told) == (4, True)


@pytest.mark.parametrize("figure", ["server_cpu", "duration"])
def test_a_figure_below_zero_is_named(run: Path, figure: str) -> None:
    edit(run, 2, lambda line: line.replace(f'"{figure}":', f'"{figure}":-', 1))
    assert any(f"{figure} is -" in fault.told for fault in faults(run))


def test_a_run_without_a_report_is_judged_by_its_records_alone(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in run.iterdir():
        if path.name != journal.FILE:
            path.unlink()
    assert main(["verify", "--json", str(run)]) == 0
    said = capsys.readouterr()
    assert complaints("verify", json.loads(said.out)) == []
    assert json.loads(said.out)["compared"] == []
    assert "`bench report` writes one" in said.err


def test_what_is_no_run_is_the_wrong_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "nowhere")]) == 2
    assert main(["verify", "--results", str(tmp_path)]) == 2
    assert "bench run" in capsys.readouterr().err


def test_the_row_that_holds_groups_of_a_round_together_is_drawn_with_each_of_them(run: Path) -> None:
    said = journal.read(run)
    record = next(record for record in said.records if (record.trial.round, record.trial.position) == (0, 0))
    again = replace(record, trial=replace(record.trial, group=1, seed=record.trial.seed ^ 1))
    text = (run / journal.FILE).read_text("utf-8").splitlines()
    (run / journal.FILE).write_text("".join(f"{line}\n" for line in text[:-1]), "utf-8")
    journal.append(run / journal.FILE, again)
    assert faults(run) == []
    journal.append(run / journal.FILE, replace(again, trial=replace(again.trial, group=2)))
    assert ["draws no such launch" in fault.told for fault in faults(run)] == [True]
