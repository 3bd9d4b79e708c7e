"""What a cache, a site and a project hold that is no good: made anew, or one sentence that names the file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import synthetic
from asked import asked, refused

from bench.errors import ConfigurationError
from bench.rows import environment, requirements
from bench.rows.environment import wanted


@pytest.mark.fault(
    "file", "a folder stands where the cache wants to lock an environment", "it is named, with the way out"
)
def test_a_cache_that_cannot_be_locked_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(environment, "cache_folder", lambda: tmp_path)
    want = wanted("", None, (), ())
    lock = tmp_path / "environments" / f"{environment._key(want)}.lock"
    lock.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"\.lock cannot be made: .*Set XDG_CACHE_HOME to a folder"):
        environment.built(want)


@pytest.mark.fault(
    "file", "a file stands where an environment is kept", "it is taken away, and the environment made anew"
)
def test_a_file_in_the_place_of_an_environment_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "cache_folder", lambda: tmp_path)
    want = wanted("", None, (), ())
    folder = tmp_path / "environments" / environment._key(want)
    folder.parent.mkdir()
    folder.write_text("not an environment")
    assert Path(environment.built(want)).is_relative_to(folder)


PROJECTS = [
    pytest.param("pyproject.toml", b"a = " + b"[" * 100_000, "cannot be read: maximum recursion", id="deep"),
    pytest.param("pyproject.toml", b"a = " + b"9" * 5000, "cannot be read: Exceeds the limit", id="digits"),
    pytest.param("pyproject.toml", b"\xff\xfe", "cannot be read: 'utf-8' codec", id="utf-16",
                 marks=pytest.mark.fault("file", "a project's pyproject.toml is no TOML, or not UTF-8", "it is named")),
    pytest.param("pyproject.toml", b"[project]\ndependencies = 5\n", "dependencies under .project. are no", id="type"),
    pytest.param("requirements.txt", b"#" * (2 << 20), "it is larger than 1,024 KB", id="2 MB",
                 marks=pytest.mark.fault("file", "a project's requirements.txt has 2 MB",
                                         "one is read, and it is refused")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "told"), PROJECTS)
def test_what_a_project_says_wrongly_is_a_sentence(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"{name} .*{told}"):
        requirements.of_project(tmp_path)


@pytest.mark.parametrize(
    "content", [b"project = 5\n", b"tool = 5\n", b"[project]\ndynamic = 5\n", b"[tool]\npoetry = 5"]
)
def test_tables_of_other_tools_are_theirs_to_check(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    assert requirements.of_project(tmp_path) is None


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def deep(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


def latin(path: Path) -> None:
    path.write_bytes(b'{"folder": "\xff"}')


@pytest.mark.fault("file", "what a site keeps of a run is cut off or garbage", "the run itself is read again")
@pytest.mark.parametrize("spoil", [truncated, deep, latin])
def test_what_a_site_keeps_of_a_run_may_be_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None]
) -> None:
    said = synthetic.read((synthetic.sound("waitress"),), rounds=2, loads=synthetic.LOADS[:1])
    synthetic.write(tmp_path / "20261101T030000-nightly", said)
    assert asked(capsys, "site", tmp_path, "--charts", "1")[0] == 0
    index = (tmp_path / "site" / "index.html").read_text("utf-8")
    (note,) = (tmp_path / "site" / ".digests").rglob("*.json")
    spoil(note)
    code, _, err = asked(capsys, "site", tmp_path, "--charts", "1")
    assert (code, "left out" in err) == (0, False)
    assert (tmp_path / "site" / "index.html").read_text("utf-8") == index


def test_a_build_of_a_name_that_cannot_be_a_folder_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "gate", "--base", "x/" + "y" * 5000)
    assert said.startswith("there is no commit and no folder 'x/yyy")
