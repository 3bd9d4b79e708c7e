"""Baselines that are no good to compare with: one sentence that names the file, and nothing is measured."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from asked import refused

from bench import baseline
from bench.aim import Aim
from bench.baseline import Baseline, Row
from bench.system import machine

APP = "flask_app:app /"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    draw = Random(1)
    rows = {
        name: Row(tuple(0.8 + draw.gauss(0, 0.015) for _ in range(baseline.ROUNDS)), {"flask": "3.1"})
        for name in ("gunicorn", "waitress")
    }
    path = tmp_path / "baseline.json"
    baseline.save(path, Baseline(baseline.KIND, baseline.FORMAT, "2026-11-21", "0", machine.probe(), APP, "cpu", rows))
    return path


Said = dict[str, object]


def without_check(said: Said) -> Said:
    return {key: value for key, value in said.items() if key != "check"}


def without_rows(said: Said) -> Said:
    return without_check(said) | {"rows": {}}


def less_a_row(said: Said) -> Said:
    rows = said["rows"]
    assert isinstance(rows, dict)
    return said | {"rows": {"gunicorn": rows["gunicorn"]}}


def elsewhere(said: Said) -> Said:
    here = said["machine"]
    assert isinstance(here, dict)
    return without_check(said) | {"machine": here | {"processor": "Z80"}}


def infinite(said: Said) -> Said:
    return without_check(said) | {"rows": {"gunicorn": {"ratios": [1e308, -1e308]}}}


WRONG = [
    pytest.param(
        less_a_row, " is damaged: it says something else than was saved", id="less a row",
        marks=pytest.mark.fault("file", "a baseline has lost a row, or a figure of it is another",
                                "its checksum shows it"),
    ),
    pytest.param(
        without_rows, " is empty: there is nothing to compare with", id="empty",
        marks=pytest.mark.fault("file", "a baseline has no rows", "it is refused: nothing would ever be slower"),
    ),
    pytest.param(
        elsewhere, " is of another machine (processor was Z80, is ", id="elsewhere",
        marks=pytest.mark.fault("file", "a baseline is of another machine",
                                "what differs is named, and nothing compared"),
    ),
    pytest.param(
        lambda said: said | {"format": 2}, " has format 2, this deploybench reads 1: save it anew.", id="format",
        marks=pytest.mark.fault("file", "a baseline is of another format", "both formats are named"),
    ),
    pytest.param(infinite, " is damaged: gunicorn has ratios that cannot be measured", id="infinite"),
    pytest.param(lambda said: without_check(said) | {"rows": 5}, " is damaged: Expected `object`", id="types"),
    pytest.param(lambda said: without_check(said) | {"metric": "p99"}, "of the metric 'p99' and the app", id="metric"),
    pytest.param(lambda said: said | {"kind": "x"}, " is no baseline of `bench gate --save`", id="kind"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), WRONG)
def test_a_baseline_that_is_not_as_it_was_saved_is_refused(
    stored: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Said], Said], told: str
) -> None:
    stored.write_text(json.dumps(change(json.loads(stored.read_text()))))
    said = refused(capsys, "gate", "--baseline", stored)
    assert said.startswith(str(stored))
    assert told in said


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def journal(path: Path) -> None:
    shutil.copy(Path(__file__).parent.parent.parent / "results" / "baselines" / "small" / "records.jsonl", path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def big(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(1 << 30)


KINDS = [
    pytest.param(cut, "is no baseline: Input data was truncated", id="cut",
                 marks=pytest.mark.fault("file", "a baseline is cut in half", "the file is named")),
    pytest.param(journal, "is no baseline", id="journal",
                 marks=pytest.mark.fault("file", "a results file is given as a baseline", "it says that it is none")),
    pytest.param(lambda path: path.write_text("[" * 100_000), "is no baseline: maximum recursion depth", id="deep"),
    pytest.param(lambda path: path.write_bytes(b""), "is no baseline: Input data was truncated", id="empty"),
    pytest.param(folder, "cannot be read: it is a folder, not a file", id="folder"),
    pytest.param(pipe, "cannot be read: it is a pipe, not a file", id="pipe"),
    pytest.param(big, "cannot be read: it is larger than 16,384 KB", id="gigabyte",
                 marks=pytest.mark.fault("file", "a baseline has a gigabyte",
                                         "16 MB are read, no more, and it is refused")),
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.timeout(20)
@pytest.mark.parametrize(("make", "told"), KINDS)
def test_what_is_no_baseline_is_refused(
    stored: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], told: str
) -> None:
    make(stored)
    assert refused(capsys, "gate", "--baseline", stored).startswith(f"{stored} {told}")


@pytest.mark.fault("file", "a baseline has not the rows that are asked for", "it says which it has")
def test_rows_that_a_baseline_does_not_have_are_named(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "gate", "--baseline", stored, "--server", "uwsgi")
    assert said == f"{stored} has no row uwsgi: it has gunicorn, waitress."


@pytest.mark.fault(
    "file", "a gate against a baseline is given tables that are wrong", "that is no regression, but a wrong question"
)
def test_a_wrong_table_is_no_regression(stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = tmp_path / "mine.toml"
    tables.write_text("[mine\n")
    said = refused(capsys, "gate", "--baseline", stored, "--servers", tables)
    assert said.startswith(f"{tables} is not TOML")


def test_a_baseline_of_before_there_were_checksums_is_read(stored: Path) -> None:
    found = baseline.read(stored)
    stored.write_text(json.dumps(without_check(json.loads(stored.read_text()))))
    assert baseline.read(stored) == found
    assert replace(found, check=None) == found


def test_few_rounds_that_scatter_tell_nothing_and_do_not_overflow() -> None:
    answer = baseline.compared(Row((15.0, 0.3)), Row((0.1, 0.2, 9.0)), 0.01, Aim(), 1)
    assert answer.word == "undecided"
