"""The journal loses nothing that was written and never guesses about what was not."""

import json
from pathlib import Path

import pytest

from bench import journal
from bench.errors import JournalError
from bench.model import Load, Machine, Record, Rendered, Run, Settings, Trial, Window

MACHINE = Machine(
    system="Linux", release="6.1", architecture="x86_64", python="3.11.7", processor=None, cores=2, server_cores=(0,),
    driver_cores=(1,), memory=1 << 34, cpu_quota=None, memory_limit=None, governor=None, turbo=None, load_average=0.1,
    memory_kind="pss",
)  # fmt: skip
RUN = Run(
    name="a", started="2026-11-20T00:00:00+00:00", version="0", driver="locust", seed=1, rounds=1, commit=None,
    settings=Settings(), machine=MACHINE, versions={"flask": "3.1.3"}, loads=(Load("capacity"),),
    servers={"waitress": Rendered("Waitress", "wsgi", (), {}, 8, "", (), front=False)},
)  # fmt: skip
WINDOW = Window(
    load="capacity", model="closed", connections=4, started=1.5, duration=1.0, responses=7, errors={"reset": 2}
)
RECORD = Record(Trial("waitress", 0, 0, 1), started=0.5, windows=(WINDOW,), log=("ready",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal.begin(tmp_path / "run", RUN)


def test_what_was_appended_is_read_back_equal(path: Path) -> None:
    journal.append(path, RECORD)
    journal.finish(path, "complete")
    said = journal.read(path.parent)
    assert (said.run, said.records, said.end, said.torn) == (RUN, (RECORD,), "complete", False)


@pytest.mark.fault("file", "a results file is cut off in its last line, at any byte", "that line is lost, no other")
def test_a_line_cut_off_at_any_byte_costs_that_line_alone(path: Path) -> None:
    journal.append(path, RECORD)
    whole = path.read_bytes()
    journal.append(path, RECORD)
    for cut in range(len(whole) + 1, path.stat().st_size - 1, 37):
        torn = path.with_name("torn.jsonl")
        torn.write_bytes(path.read_bytes()[:cut])
        said = journal.read(torn)
        assert said.records == (RECORD,)
        assert said.torn
        assert said.end is None


def test_a_damaged_line_is_named(path: Path) -> None:
    journal.append(path, RECORD)
    path.write_bytes(path.read_bytes().replace(b'"responses":7', b'"responses":"x"'))
    with pytest.raises(JournalError, match=r"records.jsonl, line 2 is damaged: .*responses"):
        journal.read(path)


def test_a_newer_format_is_refused(path: Path) -> None:
    first = json.loads(path.read_text())
    path.write_text(json.dumps(first | {"format": 99}) + "\n")
    with pytest.raises(JournalError, match="has format 99, this deploybench reads up to 1"):
        journal.read(path)


@pytest.mark.parametrize("content", [b"", b"\n", b"[]\n", b"null\n", b'{"record":null}\n', b"\xff\xfe\n", b"{}\n"])
def test_what_is_no_results_file_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(JournalError):
        journal.read(path)


def test_an_existing_run_is_never_overwritten(path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be written: File exists"):
        journal.begin(path.parent, RUN)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        journal.read(tmp_path / "nothing.jsonl")
