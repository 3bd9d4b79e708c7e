"""Results that hold what is no run, or runs that hold what is none: told, passed over, and nobody waits or crashes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import synthetic
from asked import asked, lines, put, refused
from sealing import bare, sealed

from bench import journal

GIGABYTE = 1 << 30
MEMORY = 400 << 20
"""What reading may take at the most: Python and what draws reports take a part of it."""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs of two rows that no catalog knows."""
    results = tmp_path_factory.mktemp("results")
    shapes = [synthetic.Shape(name, 900, 1e-3) for name in ("of-yesterday", "renamed")]
    for day in (1, 2, 3):
        said = synthetic.read(tuple(shapes), rounds=2, seed=day, loads=synthetic.LOADS[:1])
        synthetic.write(results / f"2026110{day}T030000-nightly", said)
    return results


@pytest.fixture
def results(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "results"))


def newest(results: Path) -> Path:
    return max(results.glob("2026*"))


@pytest.mark.fault(
    "file", "a run has rows that are in no catalog any more", "its report is written from its records alone"
)
def test_a_run_of_rows_that_are_no_more_is_reported(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(capsys, "report", newest(results))
    assert (code, "of-yesterday" in out, "renamed" in out) == (0, True, True)
    assert "renamed" in (newest(results) / "report.html").read_text("utf-8")


@pytest.mark.fault(
    "file", "a folder of results has foreign folders and links to nowhere", "they are named, and passed over"
)
def test_foreign_folders_are_named_and_passed_over(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "zz-notes").mkdir()
    (results / "zz-link").symlink_to(results / "nowhere")
    (results / "compare.html").touch()
    (results / "site").mkdir()
    (results / "site" / ".nojekyll").touch()
    shutil.copytree(newest(results), results / "baselines" / "small")
    told = f"bench: passed over, without records.jsonl: {results / 'zz-link'}, {results / 'zz-notes'}\n"
    for command in (("history", results), ("site", results, "--charts", "1"), ("compare", "--results", results)):
        code, _, err = asked(capsys, *command)
        assert (code in (0, 1, 3), err.startswith(told)) == (True, True), err
    assert asked(capsys, "verify", "--results", results)[2].startswith(told)


@pytest.mark.fault(
    "file", "a folder of results has a run that is a loop of links", "it is named, and the other runs are read"
)
def test_a_run_that_is_a_loop_of_links_costs_itself_alone(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loop = results / "20261104T030000-nightly"
    loop.symlink_to(loop)
    assert refused(capsys, "report", loop).startswith(f"{loop} cannot be read: Too many levels of symbolic links")
    assert refused(capsys, "verify", loop).endswith(
        "Too many levels of symbolic links. `bench report` takes a folder in results/."
    )
    assert asked(capsys, "history", results)[2] == f"bench: passed over, without records.jsonl: {loop}\n"


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


KINDS = [
    pytest.param(pipe, "it is a pipe, not a file", id="pipe",
                 marks=pytest.mark.fault("file", "a run's records are a pipe that nobody writes to",
                                         "nobody waits for it")),
    pytest.param(device, "it is a device, not a file", id="device",
                 marks=pytest.mark.fault("file", "a run's records are a link to /dev/zero", "nothing of it is read")),
    pytest.param(folder, "it is a folder, not a file", id="folder",
                 marks=pytest.mark.fault("file", "a run's records are a folder", "it says so")),
    pytest.param(loop, "Too many levels of symbolic links", id="loop"),
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.timeout(60)
@pytest.mark.parametrize(("make", "told"), KINDS)
def test_records_that_are_no_file_are_told_by_every_command(
    results: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], told: str
) -> None:
    run = results / "20261104T030000-nightly"
    run.mkdir()
    path = run / journal.FILE
    make(path)
    sentence = f"{path} cannot be read: {told}"
    for command in (("report", run), ("verify", run), ("compare", "--results", results)):
        assert refused(capsys, *command).startswith(sentence)
    code, out, _ = asked(capsys, "history", results)
    assert (code, f"{run.name}" in out, told in " ".join(out.split())) == (3, True, True)
    code, _, err = asked(capsys, "site", results, "--charts", "1")
    assert (code, f"bench: {run.name} is left out: {sentence}" in err) == (0, True)


def bench(*arguments: str | Path) -> tuple[int, str, int]:
    """A command by itself: its exit code, standard error, and the most memory that it held."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    return process.returncode, said, used.ru_maxrss << (10 if sys.platform == "linux" else 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows tells no such figures")
@pytest.mark.parametrize(
    ("begin", "line", "told"),
    [
        pytest.param(b"", 1, "is damaged: JSON is malformed", id="at once",
                     marks=pytest.mark.fault("file", "a results file is a gigabyte of zeros",
                                             "it is refused in bounded memory")),
        pytest.param(b'{"run":', 1, "is damaged: it is longer than 64 MB", id="in a line"),
    ],
)  # fmt: skip
def test_a_gigabyte_of_zeros_takes_no_gigabyte(tmp_path: Path, begin: bytes, line: int, told: str) -> None:
    path = tmp_path / journal.FILE
    with path.open("wb") as file:
        file.write(begin)
        file.truncate(GIGABYTE)
    code, said, memory = bench("report", tmp_path)
    assert (code, memory < MEMORY) == (2, True), f"{memory >> 20} MB"
    assert said.startswith(f"bench: {path}, line {line} {told}")


@pytest.mark.fault("file", "a results file may not be read", "it is named, with the reason")
@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
def test_records_without_permission_are_one_sentence(results: Path) -> None:
    path = newest(results) / journal.FILE
    path.chmod(0)
    # Root may read everything; without its capabilities it may not.
    dropped = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.geteuid() == 0 else []
    command = [*dropped, sys.executable, "-m", "bench", "report", str(path.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith(f"bench: {path} cannot be read: Permission denied.")


SENSELESS = [
    ('"duration":', '"duration":0,"was":', "window 1, capacity: duration is 0"),
    ('"connections":', '"connections":-1,"was":', "window 1, capacity: connections is -1"),
    (
        '"responses":',
        '"responses":999999999999999999,"was":',
        "window 1, capacity: responses is 999,999,999,999,999,999",
    ),
    ('"series":[', '"series":[-9000000000000000000,', "has a figure that cannot be measured, series"),
    ('"server_cpu":', '"server_cpu":1e308,"was":', "has a figure that cannot be measured, server_cpu"),
    (
        '"memory_loaded":',
        '"memory_loaded":-999999999999999999999999,"was":',
        "has a figure that cannot be measured, memory_l",
    ),
    ('"first_byte":[', '"first_byte":[1e308,1e308,1e308],"was":[', "has a figure that cannot be measured, first_byte"),
    ('"ready":', '"ready":-1e300,"was":', "has a figure that cannot be measured, ready"),
]


@pytest.mark.fault(
    "file", "a record of before there were checksums has figures that none can be", "the line is named, or a verdict is"
)
@pytest.mark.parametrize(("old", "new", "told"), SENSELESS)
def test_figures_that_cannot_be_are_a_sentence_or_a_verdict(
    results: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    path = newest(results) / journal.FILE
    text = lines(path)
    edited = text[1].replace(old, new, 1)
    assert edited != text[1]
    put(path, [bare(text[0]), bare(edited), *text[2:]])
    code, _, err = asked(capsys, "report", path.parent)
    assert code in (0, 2), err
    assert code == 0 or err.startswith(f"bench: {path}, line 2")
    code, out, _ = asked(capsys, "verify", path.parent)
    assert (code, told in out) == (1, True)
    assert asked(capsys, "history", results)[0] in (0, 3)


def test_a_name_that_is_far_too_long_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("report", "verify", "history", "site"):
        assert refused(capsys, command, "x" * 5000)
    assert refused(capsys, "compare", "x" * 5000, "y", "--results", tmp_path)
    assert refused(capsys, "list", "--servers", "x" * 5000)
    assert refused(capsys, "gate", "--baseline", "x" * 5000)


def test_records_under_another_name_are_not_reported_as_those_beside_them(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = newest(results) / "copy.jsonl"
    put(other, [sealed(line) for line in lines(newest(results) / journal.FILE)])
    assert refused(capsys, "report", other) == f"{other} is not called records.jsonl, as the records of a run are."
