"""Results whose place is full, closed or taken away: the run says so, and nothing that was measured is lost."""

import re
from pathlib import Path

import pytest
from confined import BENCH, BRIEF, confined, once, only_run
from rows import ANSWER, file_of_faults

from bench import journal

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="needs Linux's mount namespaces")

RUN = (*BENCH, "run", *BRIEF, "--results", "results")
TALKS = f"""
import contextlib, http.server, os
http.server.ThreadingHTTPServer.request_queue_size = 512
with contextlib.suppress(OSError):
    for _ in range(64):
        os.write(1, b"x" * 4095 + b"\\n")
{ANSWER.format(body=b"Hello World!", status=200)}"""


def small(size: str) -> str:
    """Have a disk of that size for results."""
    return f"mkdir results; mount -t tmpfs -o {size} none results"


def rescued(sentence: str) -> journal.Journal:
    """The run that a sentence says was written elsewhere."""
    found = re.search(r"'bench report (.+)'\.$", sentence)
    assert found, sentence
    return journal.read(Path(found[1]))


@pytest.mark.fault(
    "machine", "the disk is full when a record is written", "one sentence; all records are kept elsewhere"
)
def test_a_disk_that_fills_up_costs_no_record(tmp_path: Path) -> None:
    seen = confined(tmp_path, *RUN, "dev", before=small("size=12k"), after="cp -r results kept")
    assert seen.code == 2, seen
    assert seen.sentence.startswith("bench: results/"), seen.err
    assert "No space left on device" in seen.sentence
    (record,) = rescued(seen.sentence).records
    assert record.failure is None
    assert record.windows
    # What was written before stays readable: the run is there, the record is cut off.
    assert only_run(tmp_path / "kept").torn
    assert [name for name in seen.files if not name.startswith("bench-rescued-")] == []
    assert not seen.processes


@pytest.mark.fault("machine", "a server's words fill the disk", "the server goes on, all records are kept elsewhere")
def test_words_that_fill_the_disk_cost_no_record(tmp_path: Path) -> None:
    rows = file_of_faults(tmp_path, {"talks": TALKS})
    seen = confined(tmp_path, *RUN, "talks", "--servers", str(rows), before=small("size=16k"))
    assert seen.code == 2, seen
    assert "No space left on device" in seen.sentence
    assert [record.failure for record in rescued(seen.sentence).records] == [None]
    assert not seen.processes


@pytest.mark.fault("machine", "the disk is full when the report is written", "one sentence; the records are whole")
def test_a_report_without_room_leaves_whole_records_and_no_half_of_a_page(tmp_path: Path) -> None:
    seen = confined(tmp_path, *RUN, "dev", before=small("size=40k"), after="cp -r results kept")
    assert seen.code == 2, seen
    assert "the report cannot be written to results/" in seen.sentence
    assert seen.clean, seen
    kept = only_run(tmp_path / "kept")
    assert kept.end == "complete"
    assert sorted(path.name for path in kept.path.parent.iterdir()) == ["logs", journal.FILE]


@pytest.mark.fault("machine", "the results folder can only be read", "refused before anything is measured")
def test_a_folder_that_can_only_be_read_is_refused_at_once(tmp_path: Path) -> None:
    seen = confined(tmp_path, *RUN, "dev", before=small("ro"))
    assert seen.code == 2, seen
    assert seen.err == "bench: results cannot be written: Read-only file system. Name another folder with --results.\n"
    assert seen.clean


@pytest.mark.fault("machine", "the disk with the results goes in mid-run", "said at once; records are kept elsewhere")
def test_a_disk_that_goes_in_mid_run_costs_no_record(tmp_path: Path) -> None:
    go = "mount -t tmpfs -o ro none results"
    seen = confined(tmp_path, *once("results/*/logs/dev-2.log", go, *RUN, "dev", "--rounds", "2"))
    assert seen.code == 2, seen
    assert "cannot be written: Read-only file system" in seen.sentence
    assert [record.failure for record in rescued(seen.sentence).records] == [None]
    assert not seen.processes


@pytest.mark.fault(
    "machine", "the results folder is removed in mid-run", "said at once; the run is written there again"
)
def test_a_folder_that_is_removed_is_written_again(tmp_path: Path) -> None:
    seen = confined(tmp_path, *once("results/*/logs/dev-1.log", "rm -r results", *RUN, "dev", "--duration", "0.5"))
    assert seen.code == 0, seen
    assert "was removed in mid-run: it is there again, with 0 records" in seen.err
    assert only_run(tmp_path / "results").end == "complete"
    assert seen.clean, seen


@pytest.mark.fault("machine", "there is no room for temporary files", "one sentence that names TMPDIR")
def test_without_room_for_temporary_files_nothing_is_begun(tmp_path: Path) -> None:
    full = "for each in /tmp /var/tmp /usr/tmp; do [ ! -d $each ] || mount --bind -o ro $each $each; done; cd $PWD"
    full += "; mount -t tmpfs -o nr_inodes=2 none temporary; touch temporary/last; TMPDIR=$PWD/temporary"
    seen = confined(tmp_path, *BENCH, "check", "dev", before=full)
    assert seen.code == 2, seen
    assert seen.clean, seen
    assert "TMPDIR" in seen.sentence
    assert len(seen.err.splitlines()) == 1, seen.err
