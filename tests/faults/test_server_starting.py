"""Servers that come up wrongly or not at all, all in one real `bench run`: each costs its own row, and no other."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ill
import pytest
from waiting import eventually

from bench import journal
from bench.judgement import Verdict
from bench.model import Record
from bench.processes import words
from bench.validity import judge_all

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other signals and sockets")

SAME = "well exits exits-zero raves deaf silent body short long lengths closes old garbage once escapes stubborn floods"
ILL = {illness: illness for illness in SAME.split()} | {
    "slow": "minute",
    "error": "500",
    "head": "endless-head",
    "chunks": "endless-chunks",
    "hints": "endless-hints",
    "stream": "endless-body",
}
MEASURED = {"well", "escapes", "stubborn", "floods"}


@dataclass(frozen=True)
class Outcome:
    """What a run came to: its exit code, what it said, what it wrote."""

    status: int
    said: str
    folder: Path
    records: dict[str, Record]
    verdicts: dict[str, Verdict]
    temporary: Path


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """One run of one round over all of them."""
    folder = tmp_path_factory.mktemp("ill")
    temporary = folder / "t"
    temporary.mkdir()
    rows = ill.rows(folder, **ILL)
    daemon = f"{{python}} -m gunicorn --daemon --env TAG={folder} --bind {{host}}:{{port}} {{app}}"
    socket = "{scratch}/" + "a-very-long-name" * 6 + ".sock"
    long = f"{{python}} -m gunicorn --bind unix:{socket} {{app}}"
    with rows.open("a") as file:
        file.write(ill.table("daemon", daemon) + ill.table("socket", long))
    command = [sys.executable, "-m", "bench", "run", "--servers", rows, "--results", folder / "results"]
    command += ["--rounds", "1", "--duration", "0.1", "--connections", "8", *_names(rows)]
    done = subprocess.run(
        command, env=os.environ | {"TMPDIR": str(temporary)}, capture_output=True, text=True, timeout=200, check=False
    )
    (written,) = (folder / "results").iterdir()
    read = journal.read(written)
    records = {record.trial.server: record for record in read.records}
    verdicts = judge_all({name: [record] for name, record in records.items()}, read.run)
    yield Outcome(done.returncode, done.stdout + done.stderr, written, records, verdicts, temporary)
    assert not ill.remaining(folder)


def _names(rows: Path) -> list[str]:
    return re.findall(r'^\["(.*)"\]$', rows.read_text(), re.MULTILINE)


def test_a_process_that_was_left_would_be_found(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "input()", str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL):
        assert eventually(lambda: ill.remaining(tmp_path)) == [argv]
    assert ill.remaining(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param(
            "exits",
            "exited with status 3 before it answered; it said nothing.",
            marks=pytest.mark.fault("server", "exits at start", "the row fails with its status and last words"),
        ),
        pytest.param(
            "exits-zero",
            "exited with status 0 before it answered: is there an option that keeps it in the foreground?",
            marks=pytest.mark.fault("server", "exits with status 0 at once", "the row fails, with a hint"),
        ),
        pytest.param(
            "daemon",
            "exited with status 0 before it answered: is there an option that keeps it in the foreground?",
            marks=pytest.mark.fault(
                "server", "forks away and daemonizes", "the row fails, the daemon is found and ended"
            ),
        ),
        pytest.param(
            "raves",
            "exited with status 3 before it answered; it last said: no such app",
            marks=pytest.mark.fault(
                "server", "writes binary and terminal escapes into its log", "only plain text is quoted and kept"
            ),
        ),
        pytest.param(
            "deaf",
            "gave no right answer in time, at last .*refused",
            marks=pytest.mark.fault("server", "never listens", "the row fails at its deadline"),
        ),
        pytest.param(
            "silent",
            "gave no right answer in time, at last no whole answer came in time",
            marks=pytest.mark.fault("server", "listens and never answers", "the row fails at its deadline"),
        ),
        pytest.param(
            "slow",
            "gave no right answer in time, at last no whole answer came in time",
            marks=pytest.mark.fault("server", "answers after a minute only", "the row fails at its deadline"),
        ),
        pytest.param(
            "body",
            "answered 200 b'Goodbye mate' where 200 b'Hello World!' was expected",
            marks=pytest.mark.fault("server", "answers the wrong body", "the row fails at once with what it said"),
        ),
        pytest.param(
            "error",
            "gave no right answer in time, at last 500 b'Oops'",
            marks=pytest.mark.fault("server", "answers 500 from the start", "the row fails at its deadline"),
        ),
        pytest.param(
            "short",
            r"gave no right answer in time, at last the connection was closed after \d+ bytes",
            marks=pytest.mark.fault("server", "answers fewer bytes than it announced", "the row fails at its deadline"),
        ),
        pytest.param(
            "long",
            "answered what nobody can understand: b'!!!!' came after the end of the answer",
            marks=pytest.mark.fault("server", "answers more bytes than it announced", "the row fails at once"),
        ),
        pytest.param(
            "lengths",
            "answered what nobody can understand: content-length is '12' and '13' in one answer",
            marks=pytest.mark.fault("server", "answers with two Content-Lengths", "the row fails: neither is believed"),
        ),
        pytest.param(
            "closes",
            "gave no right answer in time, at last the connection was closed after 0 bytes",
            marks=pytest.mark.fault("server", "closes every connection unanswered", "the row fails at its deadline"),
        ),
        pytest.param(
            "old",
            "at last the connection was closed after 12 bytes",
            marks=pytest.mark.fault("server", "answers in HTTP/0.9", "the row fails: that is no answer"),
        ),
        pytest.param(
            "garbage",
            "at last the connection was closed after 54 bytes",
            marks=pytest.mark.fault(
                "server", "answers binary garbage", "the row fails, and nothing of it is shown raw"
            ),
        ),
        pytest.param(
            "head",
            "answered what nobody can understand: .* … has no end",
            marks=pytest.mark.fault("server", "sends headers without end", "64 KiB of them are read, the row fails"),
        ),
        pytest.param(
            "chunks",
            "gave no right answer in time, at last no whole answer came in time",
            marks=pytest.mark.fault(
                "server", "sends chunks without end", "no more than 64 MiB of them are read, the row fails"
            ),
        ),
        pytest.param(
            "stream",
            "answered what nobody can understand: the answer is longer than 64 MiB, or has no end",
            marks=pytest.mark.fault("server", "sends a body without end", "64 MiB of it are read, the row fails"),
        ),
        pytest.param(
            "hints",
            "gave no right answer in time, at last no whole answer came in time",
            marks=pytest.mark.fault("server", "sends hints and never an answer", "the row fails at its deadline"),
        ),
        pytest.param(
            "once",
            "answered first rightly, then 500 b'Oops' where 200 b'Hello World!' was expected",
            marks=pytest.mark.fault("server", "answers rightly only once", "the row fails with the second answer"),
        ),
        pytest.param(
            "socket",
            r"cannot run here: the path of its unix socket \S+ has \d{3} bytes, and 107 are allowed",
            marks=pytest.mark.fault(
                "server", "the path of its unix socket is too long", "the row fails with its length"
            ),
        ),
    ],
)
def test_a_server_that_does_not_come_up_costs_its_row(outcome: Outcome, name: str, sentence: str) -> None:
    record = outcome.records[name]
    assert re.search(rf"^{name} .*{sentence}", record.failure or "")
    assert record.windows == ()
    assert outcome.verdicts[name].word == "FAILED"


def test_the_others_are_measured_and_the_answer_is_no(outcome: Outcome) -> None:
    assert outcome.status == 1, outcome.said
    assert "Traceback" not in outcome.said
    assert {name for name, record in outcome.records.items() if not record.failure} == MEASURED
    for name in MEASURED:
        assert all(window.responses and not window.errors for window in outcome.records[name].windows), name


@pytest.mark.fault("server", "ignores SIGTERM", "it is killed when its time to end is over")
def test_a_stubborn_server_is_killed(outcome: Outcome) -> None:
    record = outcome.records["stubborn"]
    assert record.left == 0
    assert (record.stopping or 0) > (outcome.records["well"].stopping or 0)


@pytest.mark.fault("server", "fills its log", "a mebibyte of it is kept, its beginning and its end")
def test_a_flooded_log_is_bounded(outcome: Outcome) -> None:
    log = outcome.folder / "logs" / "floods-1.log"
    assert log.stat().st_size <= words.LONGEST
    assert re.search(rb"\.\.\. \d{6,} bytes left out by bench \.\.\.", log.read_bytes())


@pytest.mark.fault("server", "sends terminal escapes in its headers", "they are left out of all that is shown or kept")
def test_nothing_that_a_terminal_would_obey_gets_out(outcome: Outcome) -> None:
    manner = outcome.records["escapes"].manner
    assert manner is not None
    assert manner.server is not None
    assert manner.server.startswith("]0;owned[2J")
    kept = [path for path in outcome.folder.iterdir() if path.suffix in (".jsonl", ".html", ".csv", ".md")]
    assert len(kept) >= 4
    for text in (outcome.said, *(path.read_text("utf-8") for path in kept)):
        assert not re.search("[\x00\x07\x1b\x80-\x9f\u202e]", text)


def test_no_process_and_no_folder_is_left(outcome: Outcome) -> None:
    assert not ill.remaining(outcome.folder.parent.parent)
    assert not [path for path in outcome.temporary.iterdir() if path.name.startswith("bench-")]
