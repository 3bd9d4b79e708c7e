"""TOML that is wrong in each way a file can be: one sentence that names the file, at once, and nothing is started."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from asked import asked, refused

from bench.errors import ConfigurationError
from bench.rows import catalog, scenarios

ROW = 'title = "mine"\nserves = "wsgi"\nslots = "1"\nrun = ["{python} {port}"]\n'


def wrong(folder: Path, capsys: pytest.CaptureFixture[str], content: bytes | str) -> str:
    """What the commands say of a user's own file; both that read it say the same."""
    path = folder / "mine.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    said = refused(capsys, "run", "--results", folder / "results", "--servers", path, "dev")
    assert refused(capsys, "list", "--servers", path) == said
    assert not (folder / "results").exists()
    assert said.startswith(str(path))
    return said.removeprefix(str(path))


WRONG = [
    pytest.param(
        f"[mine]\n{ROW}workers = 'x'\n", ", line 6: [mine] has an unknown key 'workers'.", id="key",
        marks=pytest.mark.fault("file", "a table has an unknown key", "file, line, table and key are named"),
    ),
    pytest.param(f"[mine]\n{ROW}plattforms = ['posix']\n", "Did you mean 'platforms'?", id="did you mean"),
    pytest.param(
        "mine = 5\n", ": 'mine' stands alone; it must be a table", id="type",
        marks=pytest.mark.fault("file", "a table has values of wrong types", "file, line, table and key are named"),
    ),
    pytest.param("[[mine]]\ntitle = 'x'\n", ": 'mine' stands alone", id="array of tables"),
    pytest.param("[advice]\nx = 5\n", ": 'advice.x' stands alone", id="advice"),
    pytest.param("[advice.x]\nworkers = 5\n", ": 'advice.x.workers' stands alone", id="advice of a setting"),
    pytest.param(f"[mine]\n{ROW}deadline = nan\n", "cannot be followed: deadline is nan seconds", id="nan"),
    pytest.param(f"[mine]\n{ROW}grace = -1\n", "cannot be followed: grace is -1.0 seconds", id="negative"),
    pytest.param(f"[mine]\n{ROW}deadline = 1979-05-27\n", "expected `float`, got `date`", id="date"),
    pytest.param(f"[mine]\n{ROW}stop = 'TREM'\n", ", line 6: [mine] ends by 'TREM', which is none of TERM", id="stop"),
    pytest.param(
        f"[mine]\n{ROW}platforms = ['linus']\n", "runs on 'linus', which is no system. Did you mean", id="system"
    ),
    pytest.param("[settings]\nworkers = 1000000000000000000000\n", "workers is more than 1,000,000", id="huge number"),
    pytest.param("[settings]\nworkers = 2000000\n", "workers is more than 1,000,000", id="many workers"),
    pytest.param(
        f"[mine]\n{ROW}grace = {'9' * 5000}\n", " is not TOML: exceeds the limit", id="digits",
        marks=pytest.mark.fault("file", "a table has a number of 5,000 digits", "the file is named"),
    ),
    pytest.param(
        f"[mine]\n{ROW}[mine]\n{ROW}", " is not TOML: cannot declare ('mine',) twice (at line 6", id="twice",
        marks=pytest.mark.fault("file", "two tables have the same name", "file and line are named"),
    ),
    pytest.param(
        f"[dev]\n{ROW}", ", line 1: [dev] is the name of a row that exists already", id="taken",
        marks=pytest.mark.fault("file", "a table has the name of a row that exists", "file and line are named"),
    ),
    pytest.param(
        f"[mine]\n{ROW}title = 'y'\n", " is not TOML: cannot overwrite a value (at line 6", id="key twice",
        marks=pytest.mark.fault("file", "a table has a key twice", "file and line are named"),
    ),
    pytest.param(
        f"['../../mine']\n{ROW}", ", line 1: [../../mine] is no name for a row", id="path",
        marks=pytest.mark.fault("file", "a row's name is a path out of the results' folder", "it is refused"),
    ),
    pytest.param(
        f'["\\u001b[2Jmine\\n"]\n{ROW}', ": [\\x1b[2Jmine\\n] is no name for a row", id="escapes",
        marks=pytest.mark.fault("file", "a name has line ends and terminal escapes", "they are shown, not obeyed"),
    ),
    pytest.param(
        f"[mine]\n{ROW}".encode("utf-16"), " is not UTF-8 (byte 0): save it as UTF-8.", id="utf-16",
        marks=pytest.mark.fault("file", "a table is UTF-16", "it says which byte, and to save it as UTF-8"),
    ),
    pytest.param(f"[mine]\n{ROW}".encode("utf-16-le"), " is not UTF-8 (byte 1 is zero)", id="utf-16 without a mark"),
    pytest.param(b"[mine]\ntitle = '\xff'\n", " is not UTF-8 (byte 16)", id="latin-1"),
    pytest.param(
        b"#" * (10 << 20), " cannot be read: it is larger than 256 KB", id="10 MB",
        marks=pytest.mark.fault("file", "a table has 10 MB", "no more than 256 KB are read, and it is refused"),
    ),
    pytest.param(
        f"a = {'[' * 100_000}", " is not a file of tables: it is nested too deeply.", id="deep",
        marks=pytest.mark.fault("file", "a table is nested 100,000 deep", "it is refused, no recursion"),
    ),
    pytest.param("a = " + "{b = " * 40_000, " is not a file of tables: it is nested too deeply.", id="deep tables"),
    pytest.param(
        f"\n{'a.' * 60_000}a = 1\n", ", line 2 has more than 1,000 dots: no table is so deep.", id="dots",
        marks=pytest.mark.fault("file", "a table has a key of 60,000 parts, which takes minutes to parse",
                                "it is refused at once"),
    ),
    pytest.param(f"[mine]\n{ROW}".replace('"1"', f'"{"(" * 5000}1"'), "is not a formula", id="deep formula"),
    pytest.param(f"[mine]\n{ROW}files = ['{'x' * 5000}']", "has no file", id="long file"),
    pytest.param(f"[mine]\n{ROW}files = ['a\\u0000b', '.', '/dev/zero']".replace("'a", '"a').replace("b'", 'b"'),
                 "has no file", id="no file"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "told"), WRONG)
def test_a_wrong_file_of_rows_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | str, told: str
) -> None:
    assert told in wrong(tmp_path, capsys, content)


@pytest.mark.fault(
    "file", "a table begins with a byte order mark, and its lines end with CR LF", "it is read like any other"
)
def test_what_editors_of_windows_write_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + f"[mine]\n{ROW}".replace("\n", "\r\n").encode())
    code, out, err = asked(capsys, "list", "--servers", path, "mine")
    assert (code, err) == (0, "")
    assert "mine" in out


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS = [
    pytest.param(
        folder, "it is a folder, not a file", id="folder",
        marks=pytest.mark.fault("file", "a folder stands where a table is expected", "it says so"),
    ),
    pytest.param(
        os.mkfifo, "it is a pipe, not a file", id="pipe",
        marks=pytest.mark.fault("file", "a pipe that nobody writes to stands where a table is expected",
                                "nobody waits for it"),
    ),
    pytest.param(
        device, "it is a device, not a file", id="device",
        marks=pytest.mark.fault("file", "/dev/zero stands where a table is expected", "nothing of it is read"),
    ),
    pytest.param(loop, "Too many levels of symbolic links", id="loop"),
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.timeout(20)
@pytest.mark.parametrize(("make", "told"), KINDS)
def test_what_is_no_file_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], told: str
) -> None:
    path = tmp_path / "mine.toml"
    make(path)
    assert told in refused(capsys, "run", "--results", tmp_path / "results", "--servers", path, "dev")


@pytest.mark.fault("file", "a table may not be read", "the file is named, with the reason")
@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
def test_a_file_without_permission_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"[mine]\n{ROW}")
    path.chmod(0)
    # Root may read everything; without its capabilities it may not.
    bare = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.geteuid() == 0 else []
    command = [*bare, sys.executable, "-m", "bench", "list", "--servers", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (2, f"bench: {path} cannot be read: Permission denied.\n")


def shipped(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[str], str]) -> None:
    """The project's own files, one of them changed."""
    root = catalog.assets()
    for part in ("apps", "nginx"):
        (folder / part).symlink_to(root / part)
    shutil.copytree(root / "configs", folder / "configs")
    path = folder / "configs" / f"{name}.toml"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    for module in (catalog, scenarios):
        monkeypatch.setattr(module, "assets", lambda: folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("loads", "duration = ", "duration = -", "duration must be more than 0 and finite"),
        ("loads", "slice = ", "slice = -", "slice must be more than 0 and finite"),
        ("servers", "[settings]", "[settings]\nworkrs = 1", "has an unknown key 'workrs'. Did you mean 'workers'?"),
        ("scenarios", "[[traffic.loads]]", "[traffic.loads]", "is not TOML: "),
        ("scenarios", "question = ", "questoin = ", "has an unknown key 'questoin'. Did you mean 'question'?"),
        (
            "scenarios",
            "requests = [",
            "requests = 5 # [",
            "cannot be followed: loads.requests must be tables, each headed",
        ),
        ("scenarios", 'apps/static/style.css" }', 'apps/none.css" }', "expects the file 'apps/none.css'"),
        (
            "scenarios",
            "[[development.loads]]",
            "loads = [5]\n[other]",
            "loads must be tables, each headed [[",
        ),
    ],
)
def test_the_projects_own_tables_are_checked_alike(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    old: str,
    new: str,
    told: str,
) -> None:
    assert old in (catalog.assets() / "configs" / f"{name}.toml").read_text("utf-8")
    shipped(tmp_path, monkeypatch, name, lambda text: text.replace(old, new, 1))
    said = refused(capsys, "list", "--scenario")
    assert said.startswith(f"configs/{name}.toml")
    assert told in said


@pytest.mark.fault("file", "a template that a row needs is not UTF-8", "row and file are named")
def test_a_template_that_is_no_text_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.conf").write_bytes(b"\xff\xfe\0")
    said = wrong(tmp_path, capsys, f"[mine]\n{ROW}files = ['mine.conf']\n")
    assert f"the file {tmp_path / 'mine.conf'} cannot be read: it is not UTF-8." in said


def test_a_scenario_that_is_no_table_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped(tmp_path, monkeypatch, "scenarios", lambda text: f"mine = 5\n{text}")
    with pytest.raises(ConfigurationError, match="'mine' stands alone; it must be a table"):
        scenarios.load_scenarios()
