"""A results file that is not as a run left it: a sentence that names the file and the line, or the right answer."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import synthetic
from asked import asked, lines, put, refused
from sealing import bare, sealed
from synthetic import sound

from bench import journal
from bench.errors import JournalError
from bench.journal import Journal

BASELINES = Path(__file__).parent.parent.parent / "results" / "baselines"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rounds of two rows: the run in line 1, records in 2 to 5, the end in 6."""
    folder = tmp_path_factory.mktemp("results") / "20261120T120000-run"
    loads = synthetic.LOADS[:2]
    return synthetic.write(folder, synthetic.read((sound("waitress"), sound("gunicorn")), rounds=2, loads=loads))


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / stored.name))


def real(folder: Path) -> Path:
    """The beginning and the end of a run that was really measured, with checksums."""
    text = lines(BASELINES / "development" / journal.FILE)
    return put(folder / journal.FILE, [sealed(f'{line[:-1]},"check":null}}') for line in (*text[:2], text[-1])])


@pytest.mark.fault(
    "file", "a byte of a results file is flipped, whichever", "file and line are named, or the records are right"
)
def test_no_flipped_byte_of_a_real_run_goes_unseen(tmp_path: Path) -> None:
    path = real(tmp_path)
    said, whole = journal.read(path), path.read_bytes()
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << (at * 7 % 8)
        path.write_bytes(flipped)
        if (found := understood(path)) is not None:
            # A last line without its end counts as cut off.
            assert (found.run, found.records) == (said.run, said.records)


@pytest.mark.fault(
    "file", "a digit of a record is another", "report, compare and verify name file and line, and reckon nothing"
)
def test_a_digit_that_changed_is_seen_by_every_command(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = lines(run / journal.FILE)
    changed = text[2].replace('"responses":2', '"responses":3', 1)
    assert changed != text[2]
    put(run / journal.FILE, [*text[:2], changed, *text[3:]])
    place = f"{run / journal.FILE}, line 3 is damaged: its checksum is that of other bytes"
    assert refused(capsys, "report", run).startswith(place)
    assert refused(capsys, "compare", f"{run}:waitress", f"{run}:gunicorn").startswith(place)
    code, out, _ = asked(capsys, "verify", run)
    assert (code, "records.jsonl, line 3: it is damaged: its checksum" in out) == (1, True)
    assert not (run / "report.html").exists()


def another(text: list[str]) -> list[str]:
    return [*text[:3], text[3].replace('"waitress"', '"nginx"').replace('"gunicorn"', '"nginx"'), *text[4:]]


def changed(key: str, old: str, new: str, line: int = 3) -> Callable[[list[str]], list[str]]:
    def change(text: list[str]) -> list[str]:
        edited = text[line - 1].replace(f'"{key}":{old}', f'"{key}":{new}', 1)
        assert edited != text[line - 1]
        return [*text[: line - 1], edited, *text[line:]]

    return change


def understood(path: Path) -> Journal | None:
    """What is read; None where the sentence that refuses it names the file."""
    try:
        return journal.read(path)
    except JournalError as error:
        told = str(error)
    assert told.startswith(str(path))
    return None


STRAYS = [
    pytest.param(
        another, 4, "is a record of 'nginx', which is no row of this run", id="row",
        marks=pytest.mark.fault("file", "a results file has a record of a row that its run does not have",
                                "the line is named"),
    ),
    pytest.param(
        changed("round", "0", "7"), 3, "is a record of round 8, and the run has 2 rounds", id="round",
        marks=pytest.mark.fault("file", "a results file has a record of a round beyond the plan", "the line is named"),
    ),
    pytest.param(
        changed("load", '"half"', '"flood"'), 3, "has a window of the load 'flood', which the run does not", id="load",
        marks=pytest.mark.fault("file", "a results file has windows of a load that its run does not have",
                                "the line is named"),
    ),
    pytest.param(
        lambda text: [*text[:-1], *text], 6, "describes a run, which only the first line does", id="runs",
        marks=pytest.mark.fault("file", "a results file holds two runs, one after the other", "the line is named"),
    ),
    pytest.param(
        lambda text: [*text[:3], text[2], *text[3:]], 4, "is a second record of", id="twice",
        marks=pytest.mark.fault("file", "a results file has a record twice",
                                "the line is named, and that of the first"),
    ),
    pytest.param(
        lambda text: [*text[:4], text[5], text[4]], 6, "comes after the end of the run", id="after",
        marks=pytest.mark.fault("file", "a results file has records after the end of its run", "the line is named"),
    ),
    pytest.param(
        lambda text: [text[0], bare(text[1]), *text[2:]], 2, "has no checksum, which the first line has", id="bare",
        marks=pytest.mark.fault("file", "a line of a results file has lost its checksum", "the line is named"),
    ),
    pytest.param(
        lambda text: [*text[:2], text[2][:400], *text[3:]], 3, "is damaged: Input data was truncated", id="cut",
        marks=pytest.mark.fault("file", "a results file is cut in a line that is not the last", "the line is named"),
    ),
    pytest.param(lambda text: [*text[:2], "", *text[2:]], 3, "is damaged: Input data was truncated", id="empty line"),
    pytest.param(lambda text: [*text[:2], "{}", *text[2:]], 3, "has no checksum", id="nothing"),
    pytest.param(
        lambda text: [*text[:2], "[" * 90_000, *text[2:]], 3, "is damaged: Expected `object`, got `array`", id="array"
    ),
    pytest.param(
        lambda text: [*text[:2], '{"x":' * 90_000, *text[2:]], 3, "is damaged: it is nested too deeply", id="deep",
        marks=pytest.mark.fault("file", "a line of a results file is nested 90,000 deep",
                                "the line is named, no recursion"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line", "told"), STRAYS)
def test_a_line_that_no_run_wrote_there_is_named(
    run: Path, capsys: pytest.CaptureFixture[str], change: Callable[[list[str]], list[str]], line: int, told: str
) -> None:
    path = run / journal.FILE
    put(path, [sealed(text) for text in change(lines(path))])
    assert refused(capsys, "report", run).startswith(f"{path}, line {line} {told}")
    code, out, _ = asked(capsys, "verify", run)
    assert (code, f"records.jsonl, line {line}: it {told}" in out) == (1, True)


def first(**said: object) -> Callable[[list[str]], str]:
    return lambda text: json.dumps(json.loads(bare(text[0])) | said) + "\n"


HEADS = [
    pytest.param(
        first(format=99), "has format 99, this deploybench reads up to 1: a newer one reads it", id="newer",
        marks=pytest.mark.fault("file", "a results file is of a newer format", "its format is named, and nothing read"),
    ),
    pytest.param(
        lambda text: "", "is empty: nothing of that run can be read", id="empty",
        marks=pytest.mark.fault("file", "a results file is empty, as a full disk leaves it", "it says so"),
    ),
    pytest.param(lambda text: text[0][:90], "is cut off in its first line: nothing of that run", id="cut"),
    pytest.param(first(format=0), "does not begin with the description of a run", id="format 0"),
    pytest.param(lambda text: text[1] + "\n", "does not begin with the description of a run", id="headless"),
    pytest.param(lambda text: "GIF89a\x01\n", ", line 1 is damaged: JSON is malformed", id="picture"),
]  # fmt: skip


@pytest.mark.parametrize(("begin", "told"), HEADS)
def test_a_file_that_does_not_begin_like_a_run_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str], begin: Callable[[list[str]], str], told: str
) -> None:
    path = run / journal.FILE
    path.write_text(begin(lines(path)))
    said = refused(capsys, "report", run)
    assert said.startswith(str(path))
    assert told in said
    assert asked(capsys, "verify", run)[0] in (1, 2)


def test_runs_of_before_there_were_checksums_are_read_and_verify_says_what_it_cannot_see(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in BASELINES.iterdir():
        assert journal.read(folder).records
    put(run / journal.FILE, [bare(line) for line in lines(run / journal.FILE)])
    assert len(journal.read(run).records) == 4
    assert "its lines have no checksums, as an older version wrote them" in asked(capsys, "verify", run)[2]


def test_what_was_resumed_belongs_to_the_run_and_what_was_cut_short_may_be_measured_again(run: Path) -> None:
    path = run / journal.FILE
    said = journal.read(path)
    cut_short = replace(said.records[0], failure="interrupted", windows=())
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    journal.append(path, cut_short)
    journal.finish(path, "interrupted")
    assert journal.read(path).end == "interrupted"
    put(path, [*lines(path), sealed('{"resumed":"2026-11-20T13:00:00+00:00","check":null}')])
    for record in said.records:
        journal.append(path, record)
    found: Any = journal.read(path)
    assert (found.records, found.end) == ((cut_short, *said.records), None)
