"""`bench run --resume`: a run that was killed is completed to its plan, or refused in a sentence."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from rows import file_of_faults
from struck import outcome, running

from bench import cli, journal
from bench.errors import ConfigurationError
from bench.lines import parsed
from bench.model import Run
from bench.rows.catalog import load_catalog
from bench.running import plan, resume
from bench.verify import verified

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
ROWS = ("waitress", "dev")
PLANNED = [*ROWS, "--rounds", "2", "--duration", "0.05", "--connections", "4", "--workers", "1", "--threads", "2"]
Copy: TypeAlias = Callable[..., Path]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was killed under load in its second round."""
    folder = tmp_path_factory.mktemp("killed")
    with running(["run", *PLANNED], folder, "step:stop", "step:capacity") as command:
        command.until("step:stop")
        command.go()
        command.until("step:capacity")
        command.strike(signal.SIGKILL)
        assert outcome(command).left == []
    (run,) = (folder / "results").iterdir()
    assert [line.record is None for line in journal.examined(run / journal.FILE, 1).lines] == [True, False, False]
    return run


@pytest.fixture
def copy(killed: Path, tmp_path: Path) -> Copy:
    """A run like that one, as it would be had something been otherwise when it began."""

    def made(end: journal.End | None = None, **otherwise: Any) -> Path:
        folder, said = tmp_path / "run", journal.read(killed)
        path = journal.begin(folder, replace(said.run, **otherwise))
        for record in said.records:
            journal.append(path, record)
        if end:
            journal.finish(path, end)
        return folder

    return made


def refused(run: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """The one sentence with which going on is refused; nothing is changed then."""
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert cli.main(["run", "--resume", str(run), *more]) == 2
    said = capsys.readouterr()
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert said.out == ""
    assert said.err.startswith("bench: ")
    assert said.err.count("\n") == 1
    return said.err


@POSIX
@pytest.mark.fault(
    "harness", "it is killed in its second round and resumed", "the plan is completed, and nothing measured twice"
)
def test_a_killed_run_is_completed_to_the_same_plan(
    killed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / killed.name
    shutil.copytree(killed, run)
    before = (run / journal.FILE).read_bytes()
    assert cli.main(["run", "--resume", str(run / journal.FILE), "--json"]) in (0, 1)
    assert json.loads(capsys.readouterr().out)["run"] == str(run)
    said = journal.read(run)
    assert (run / journal.FILE).read_bytes().startswith(before)
    seed = said.run.seed
    assert [record.trial for record in said.records] == [*plan.a_round(ROWS, 0, seed), *plan.a_round(ROWS, 1, seed)]
    assert (said.end, said.resumed) == ("complete", (2,))
    assert {record.failure for record in said.records} == {None}
    assert {log.name for log in (run / "logs-2").iterdir()} == {f"{name}-2.log" for name in ROWS}
    seen = verified(run)
    assert (seen.faults, seen.notes) == ((), ("it was cut short and gone on with 1 time",))
    assert "report.html" in seen.compared
    assert cli.main(["report", str(run)]) == 0
    assert cli.main(["compare", f"{run}:waitress", f"{run}:dev"]) in (0, 1, 3)


@POSIX
@pytest.mark.fault(
    "harness",
    "it is resumed after its last record was cut off",
    "what was cut off is kept in a file beside the records",
)
def test_a_torn_line_is_kept_beside_the_records_and_measured_anew(copy: Copy) -> None:
    run = copy(rounds=1)
    path = run / journal.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:500])
    assert journal.read(run).torn
    assert cli.main(["run", "--resume", str(run)]) in (0, 1)
    said = journal.read(run)
    assert (said.end, said.torn, len(said.records)) == ("complete", False, 3)
    assert said.records[0] == json_record(lines[1])
    assert (run / journal.TORN).read_bytes() == lines[-1][:500] + b"\n"


def json_record(line: bytes) -> object:
    return parsed(line.rstrip(b"\n")).record


@POSIX
@pytest.mark.fault(
    "harness", "SIGTERM to a resumed run", "it ends as any does, says how to go on, and can be resumed once more"
)
def test_a_resumed_run_that_is_interrupted_says_how_to_go_on(killed: Path, tmp_path: Path) -> None:
    run = tmp_path / "results" / "run"
    shutil.copytree(killed, run)
    with running(["run", "--resume", run], tmp_path, "step:warm-up") as command:
        command.until("step:warm-up")
        command.strike(signal.SIGTERM)
        seen = outcome(command)
    assert (seen.status, seen.left) == (130, [])
    assert f"to go on with it: bench run --resume {run}" in seen.err
    said = journal.read(run)
    assert said.end == "interrupted"
    assert [record.failure for record in said.records[2:]] == ["interrupted"] * 2
    assert cli.main(["run", "--resume", str(run)]) in (0, 1)
    said = journal.read(run)
    assert (said.end, said.resumed) == ("complete", (2, 4))
    assert [record.trial.group for record in said.records] == [0, 0, 0, 0, 1, 1]
    assert verified(run).faults == ()


@pytest.mark.fault("harness", "a run that is complete is to be resumed", "it is refused, and the report is named")
def test_a_complete_run_is_refused(copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is complete, nothing is left to measure: 'bench report " in refused(copy("complete"), capsys)


@pytest.mark.fault("harness", "a run of another machine is to be resumed", "it is refused, with what differs")
def test_a_run_of_another_machine_is_refused(killed: Path, copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    machine = journal.read(killed).run.machine
    elsewhere = replace(machine, cores=machine.cores + 62, memory=1 << 40, processor="Another 9000", load_average=99.0)
    said = refused(copy(machine=elsewhere), capsys)
    assert f"cores was {machine.cores + 62}, is {machine.cores}" in said
    assert "processor was Another 9000" in said
    assert "memory was 1099.5 GB" in said
    assert "load_average" not in said


@pytest.mark.fault(
    "harness", "versions have changed when a run is resumed", "it is refused, with each version then and now"
)
def test_a_run_with_other_versions_is_refused(killed: Path, copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    versions = {**journal.read(killed).run.versions, "waitress": "1.0", "gone": "2.0"}
    said = refused(copy(versions=versions, version="0.0.1"), capsys)
    assert "waitress 1.0 became " in said
    assert "gone 2.0 became none" in said
    assert "deploybench 0.0.1 became " in said


@pytest.mark.fault("harness", "the app's files have changed when a run is resumed", "it is refused")
def test_a_run_of_another_app_is_refused(copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    assert "the app is not the one that" in refused(copy(app="0123456789abcdef"), capsys)


@pytest.mark.fault(
    "harness", "rows are configured otherwise when a run is resumed", "it is refused, and the row is named"
)
def test_a_run_whose_rows_are_configured_otherwise_is_refused(
    killed: Path, copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = dict(journal.read(killed).run.servers)
    servers["dev"] = replace(servers["dev"], commands=(("python", "-m", "other"),))
    assert "dev is configured otherwise than when " in refused(copy(servers=servers), capsys)


@pytest.mark.fault(
    "harness",
    "a row is not there any more when a run is resumed",
    "it is refused until --servers names its table again",
)
def test_rows_of_ones_own_need_their_table_again(
    killed: Path, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = journal.read(killed).run.servers
    run = copy(servers={**servers, "mine": servers["dev"]})
    said = refused(run, capsys)
    assert "there is no row 'mine'" in said
    assert "--servers" in said
    table = file_of_faults(tmp_path, {"mine": "raise SystemExit(3)"})
    assert "mine is configured otherwise" in refused(run, capsys, "--servers", str(table))


@pytest.mark.parametrize("option", [["--rounds", "3"], ["waitress"], ["--seed", "1"], ["--profile", "recommended"]])
def test_what_was_planned_cannot_be_changed(copy: Copy, capsys: pytest.CaptureFixture[str], option: list[str]) -> None:
    assert "cannot go with --resume: a run goes on as it was planned." in refused(copy(), capsys, *option)


def test_another_commit_is_refused_where_both_are_known(copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    run: Run = journal.read(copy(commit="0123456789ab")).run
    now, known = dict(run.versions), load_catalog()
    with pytest.raises(ConfigurationError, match=r"0123456789ab was checked out, now ffffffffffff is: 'git checkout 0"):
        resume.same_versions(Path("run"), run, known, now, "ffffffffffff")
    # What was edited has no name: the digest of the app and the rows as rendered must do.
    resume.same_versions(Path("run"), run, known, now, "ffffffffffff+")
    resume.same_versions(Path("run"), run, known, now)


@pytest.mark.parametrize("name", ["nothing", "records.jsonl"])
def test_what_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert cli.main(["run", "--resume", str(tmp_path / name)]) == 2
    assert "cannot be read: No such file or directory" in capsys.readouterr().err
