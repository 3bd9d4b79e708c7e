"""Environments of rows: found again by their content, built by one harness at a time, told of when they cannot be."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.errors import ConfigurationError
from bench.rows import environment, furnishing, interpreter, requirements
from bench.rows.catalog import load_catalog
from bench.rows.environment import built, wanted
from bench.rows.requirements import Requirements


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return environment.cache_folder()


def test_an_environment_is_built_once_even_for_two_harnesses(cache: Path) -> None:
    want = wanted("", None, (), ("itsdangerous==2.2.0",))
    lines: list[str] = []
    with ThreadPoolExecutor(2) as harnesses:
        pythons = list(harnesses.map(lambda _: built(want, lines.append), range(2)))
    assert pythons[0] == pythons[1]
    assert interpreter.ask(pythons[0]).versions["itsdangerous"] == "2.2.0"
    assert sum(line.startswith("building") for line in lines) == 1
    assert built(want, lines.append) == pythons[0]
    assert sum(line.startswith("building") for line in lines) == 1


def test_half_an_environment_is_built_anew(cache: Path) -> None:
    want = wanted("", None, (), ("itsdangerous==2.2.0",))
    python = Path(built(want))
    (python.parent.parent / "ready").unlink()
    lines: list[str] = []
    assert built(want, lines.append) == str(python)
    assert len(lines) == 1


def test_paths_are_of_equal_length_and_follow_the_content(cache: Path) -> None:
    one, other = wanted("", None, ("flask",), ("x==1",)), wanted("", None, ("flask",), ("x==1.10",))
    keys = [environment._key(want) for want in (one, other)]
    assert keys[0] != keys[1]
    assert len(keys[0]) == len(keys[1])
    assert environment._key(wanted("", None, ("flask",), ("x==1",))) == keys[0]


def test_what_cannot_be_installed_is_told_in_a_sentence_and_leaves_nothing(cache: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"environment for itsdangerous==99\.0 could not be built; \w+ last said"
    ):
        built(wanted("", None, (), ("itsdangerous==99.0",)))
    assert not [path for path in (cache / "environments").iterdir() if path.is_dir()]


def test_a_python_that_is_none_is_told_in_a_sentence(cache: Path) -> None:
    with pytest.raises(ConfigurationError, match="/bin/false does not answer as a Python interpreter"):
        interpreter.of("/bin/false")


def test_a_cache_that_cannot_be_written_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    with pytest.raises(ConfigurationError, match="Set XDG_CACHE_HOME"):
        built(wanted("", None, ("flask",), ()))


def test_a_version_in_a_rows_name_is_the_servers() -> None:
    known = furnishing.versioned(load_catalog(), ["gunicorn-gthread==23.0.0", "uvicorn==0.30.0", "@default"])
    assert known.servers["gunicorn-gthread==23.0.0"].pins == ("gunicorn==23.0.0",)
    assert known.servers["uvicorn==0.30.0"].pins == ("uvicorn==0.30.0",)
    assert [row.name for row in known.select(["gunicorn-gthread==23.0.0"])] == ["gunicorn-gthread==23.0.0"]
    with pytest.raises(ConfigurationError, match=r"there is no row 'gunicorm'\. Did you mean 'gunicorn'"):
        furnishing.versioned(load_catalog(), ["gunicorm==23.0.0"])
    with pytest.raises(ConfigurationError, match="nginx-static is named after none"):
        furnishing.versioned(load_catalog(), ["nginx-static==1"])


def test_an_interpreter_named_by_its_path_is_taken_as_it_is() -> None:
    known = furnishing.furnished(load_catalog(), ["waitress"], sys.executable)
    assert known.servers["waitress"].python == sys.executable
    assert known.obstacle(known.servers["waitress"]) is None


def test_needs_get_the_harnesses_versions_and_pins_come_over_them() -> None:
    want = wanted("", None, ("flask", "gunicorn"), ("gunicorn==22.0.0",))
    assert want.needs == (f"flask=={interpreter.of('').versions['flask']}",)
    assert want.pins == ("gunicorn==22.0.0",)


def test_requirements_are_read_with_what_they_include(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "-r more.txt\n-c bounds.txt\nflask>=3 \\\n  --hash=sha256:0 # why\n\n-e .\n"
    )
    (tmp_path / "more.txt").write_text("# nothing\nclick==8\n")
    (tmp_path / "bounds.txt").write_text("werkzeug<4\n")
    inner = tmp_path / "src" / "shop"
    inner.mkdir(parents=True)
    expected = Requirements("requirements.txt", ("click==8", "flask>=3 --hash=sha256:0"), ("werkzeug<4",))
    assert requirements.of_project(inner, tmp_path) == expected
    assert requirements.of_project(inner, inner) is None


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("requirements.txt", "flask\n-e ./libs/tax\n", r"requirements.txt, line 2: '-e ./libs/tax' is a folder"),
        ("requirements.txt", "-r requirements.txt\n", "requirements.txt includes itself"),
        ("requirements.txt", "-r gone.txt\n", "gone.txt cannot be read"),
        ("pyproject.toml", "[project]\ndynamic = ['dependencies']\n", "does not list its dependencies"),
        ("pyproject.toml", "[tool.poetry.dependencies]\nflask = '3'\n", "does not list its dependencies"),
        ("pyproject.toml", "[project\n", "pyproject.toml cannot be read"),
    ],
)
def test_requirements_that_cannot_be_followed_are_told_in_a_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError, match=sentence):
        requirements.of_project(tmp_path)


def test_the_cache_is_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    expected = "Library/Caches" if sys.platform == "darwin" else ".cache"
    assert environment.cache_folder() == Path(os.path.expanduser("~")) / expected / "deploybench"
