"""On GitHub a run's summary is appended to the job's, and always fits a comment."""

from dataclasses import replace
from pathlib import Path

import pytest
import synthetic

from bench import cli
from bench.report.markdown import page
from bench.report.summary import summarise

COMMENT = 65_536
TWO = (synthetic.sound("uwsgi"), synthetic.sound("dev"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "run", synthetic.read(TWO))


def test_a_report_is_appended_to_the_summary_of_a_job(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary of the step"
    summary.write_text("what came before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert cli.main(["report", str(run)]) == 0
    assert summary.read_text("utf-8") == f"what came before\n{(run / 'summary.md').read_text('utf-8')}\n"


def test_a_summary_that_cannot_be_written_is_told_and_changes_no_answer(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert cli.main(["report", str(run)]) == 0
    assert "$GITHUB_STEP_SUMMARY names" in capsys.readouterr().err


def test_elsewhere_nothing_is_appended(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    before = set(tmp_path.iterdir())
    assert cli.main(["report", str(run)]) == 0
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("rows", [100, 400])
def test_hundreds_of_rows_that_fail_at_length_fit_a_comment(rows: int) -> None:
    shapes = tuple(
        replace(synthetic.SHAPES[at % 16], name=f"{synthetic.SHAPES[at % 16].name}-{at}") for at in range(rows)
    )
    said = synthetic.read(shapes, rounds=1)
    records = [
        replace(one, failure=f"{one.trial.server} failed: {'*' * 5_000}") if one.trial.position % 2 else one
        for one in said.records
    ]
    text = page(summarise(replace(said, records=tuple(records))))
    assert len(text.encode()) < COMMENT
    assert (rows == 400) == ("more rows, in report.html" in text)
