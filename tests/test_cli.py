"""The command line as a user meets it: real commands, their words, their exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rows import file_of_faults
from struck import Command, outcome, running

from bench import journal
from bench.cli import VERBS, build_parser

RUN = ["run", "--rounds", "1", "--duration", "0.2", "--connections", "8"]


def bench(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=280, check=False)


def test_help_is_there_at_once_and_names_every_command() -> None:
    said = bench("--help")
    assert said.returncode == 0
    assert all(name in said.stdout for name in VERBS)
    # What takes long is what is imported.
    told = "finally: print(*sys.modules, file=sys.stderr)"
    more = _modules(f"from bench.cli import main\ntry: main(['--help'])\n{told}") - _modules(f"try: pass\n{told}")
    assert {name.partition(".")[0] for name in more} - sys.stdlib_module_names == {"bench"}
    assert len(more) < 80
    assert not [name for name in more if name.startswith(("bench.verbs", "bench.drivers", "bench.report"))]


def _modules(code: str) -> set[str]:
    command = [sys.executable, "-c", f"import sys\n{code}"]
    return {*subprocess.run(command, capture_output=True, text=True, check=True).stderr.split()}


def test_every_option_of_every_command_has_help() -> None:
    actions = [
        (name, action)
        for choices in (action.choices for action in build_parser(complete=True)._actions if action.choices)
        for name, parser in choices.items()  # type: ignore[union-attr]
        for action in parser._actions
    ]
    assert len(actions) > 20
    assert [(name, action.dest) for name, action in actions if not action.help] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["rum"], "bench: there is no command 'rum'. Did you mean 'run'? Try 'bench --help'."),
        (["run", "gunicorn-gthred"], "bench: there is no row 'gunicorn-gthred'. Did you mean 'gunicorn-gthread'?"),
        (["run", "@defalt"], "bench: there is no group '@defalt'. Did you mean '@default'?"),
        (["run", "--duration", "abc"], "'abc' is not a positive number"),
        (["run", "--rounds", "0"], "'0' is not a positive whole number"),
        (["run", "--backlog", "999999"], "is more than this kernel allows"),
        (["run", "--driver", "locusts"], "bench: there is no driver 'locusts'. Did you mean 'locust'?"),
        (["run", "--name", "../up"], "bench: --name '../up' is no name for a folder"),
        (["run", "iis+wfastcgi"], "bench: iis+wfastcgi cannot run here: it runs on Windows only"),
        (["run", "waitress", "--results", "/proc/nowhere"], "cannot be written"),
        (["report", "nowhere"], "bench: nowhere cannot be read: No such file or directory"),
        (["report", "--results", "nowhere"], "bench: there is no run in nowhere: 'bench run' makes one."),
        (["run", "--servers", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_a_wrong_question_is_one_sentence_and_exit_code_two(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    said = bench(*arguments, folder=tmp_path)
    assert said.returncode == 2
    assert sentence in said.stderr
    assert said.stderr.count("\n") == 1
    assert said.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[mine\n", "mine.toml"),
        ('[mine]\ntitel = "x"\n', "Did you mean 'title'?"),
        ('[mine]\ntitle = "x"\nserves = "wsgi"\nslots = "1"\nrun = ["nothing {port}"]\nprograms = ["nothing"]\n',
         "there is no program 'nothing'"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_rows_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    said = bench("run", "mine", "--servers", "mine.toml", folder=tmp_path)
    assert said.returncode == 2
    assert sentence in said.stderr
    assert said.stderr.count("\n") == 1


def test_list_tells_what_can_run_here() -> None:
    rows = {row["name"]: row for row in json.loads(bench("list", "--json").stdout)}
    assert rows["waitress"]["runnable"] is True
    assert rows["iis+wfastcgi"]["runnable"] is False
    assert rows["iis+wfastcgi"]["reason"]
    assert set(rows["dev"]) == {"name", "title", "serves", "groups", "runnable", "reason", "remedy", "slots"} | {
        "at_once",
        "unequal",
    }


def test_check_says_yes_or_no(tmp_path: Path) -> None:
    rows = file_of_faults(tmp_path, {"exits": "print('no such app'); raise SystemExit(3)"})
    said = bench("check", "waitress", "exits", "--servers", rows, "--json", folder=tmp_path)
    good, bad = json.loads(said.stdout)
    assert said.returncode == 1
    assert (good["ok"], good["keep_alive"], good["slots_measured"], good["processes_left"]) == (True, True, 8, 0)
    assert bad["ok"] is False
    assert "no such app" in bad["failure"]


def test_run_measures_and_reports(tmp_path: Path) -> None:
    said = bench(*RUN, "waitress", "dev", "--json", folder=tmp_path)
    answer = json.loads(said.stdout)
    believed = all(row["verdict"] == "VALID" for row in answer["rows"])
    assert said.returncode == (0 if believed else 1), said.stderr
    (folder,) = (tmp_path / "results").iterdir()
    assert {row["name"] for row in answer["rows"]} == {"waitress", "dev"}
    assert all(row["responses"] > 0 and not row["errors"] for row in answer["rows"])
    assert {"records.jsonl", "logs", "report.html", "table.csv", "summary.md"} <= {
        path.name for path in folder.iterdir()
    }
    assert journal.read(folder).end == "complete"
    again = bench("report", "--json", folder=tmp_path)
    assert json.loads(again.stdout) == answer


def test_a_row_that_fails_is_a_failed_record_and_exit_code_one(tmp_path: Path) -> None:
    rows = file_of_faults(tmp_path, {"exits": "print('no such app'); raise SystemExit(3)"})
    said = bench(*RUN, "exits", "waitress", "--servers", rows, folder=tmp_path)
    assert said.returncode == 1
    assert "no such app" in said.stdout + said.stderr
    (folder,) = (tmp_path / "results").iterdir()
    failures = {record.trial.server: record.failure for record in journal.read(folder).records}
    assert failures["waitress"] is None
    assert "no such app" in failures["exits"]


@contextmanager
def _measuring(folder: Path, *more: str) -> Iterator[Command]:
    """A run whose driver has its orders in the second round."""
    rows = ["run", "waitress", "gunicorn+nginx", "--rounds", "50", "--duration", "0.1"]
    with running(rows, folder, "step:slots", "step:capacity", *more) as command:
        command.until("step:slots")
        command.go()
        command.until("step:capacity")
        yield command


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_ends_in_time_and_prints_what_was_measured(tmp_path: Path, number: int) -> None:
    with _measuring(tmp_path, "bench.verbs.run:_conclude") as command:
        assert len(command.known) >= 3
        began = time.monotonic()
        command.strike(number)
        # Everything has ended by then; what follows is told.
        command.until("bench.verbs.run:_conclude")
        assert time.monotonic() - began < 2 * (1 + os.getloadavg()[0])
        command.go()
        seen = outcome(command)
    assert seen.status == 130
    assert "Traceback" not in seen.err
    assert "waitress" in seen.out
    assert "what was measured is kept" in seen.err
    assert seen.left == []
    (folder,) = (tmp_path / "results").iterdir()
    said = journal.read(folder)
    assert said.end == "interrupted"
    assert said.records[0].failure is None


def test_a_killed_run_leaves_no_process_and_a_readable_file(tmp_path: Path) -> None:
    with _measuring(tmp_path) as command:
        command.strike(signal.SIGKILL)
        assert outcome(command).left == []
    (folder,) = (tmp_path / "results").iterdir()
    said = journal.read(folder)
    assert said.end is None
    assert said.records[0].failure is None
    assert bench("report", folder, folder=tmp_path).returncode == 0


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    lister = subprocess.Popen(
        [sys.executable, "-m", "bench", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert lister.stdout
    lister.stdout.close()
    assert lister.stderr
    assert "Traceback" not in lister.stderr.read()
    lister.stderr.close()
    lister.wait()
