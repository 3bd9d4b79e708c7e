"""The process that keeps a site up, really run, with a program in appcmd's place: up, kept, told to end, down."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from appcmd import BARE, Appcmd
from waiting import eventually

TESTS = Path(__file__).parent
WINDOWS = pytest.mark.skipif(os.name == "nt", reason="a script cannot stand for appcmd.exe on Windows")


def prepared(folder: Path) -> dict[str, str]:
    """Programs that stand for those of Windows, and the configuration that appcmd keeps."""
    for name, source in {
        "appcmd": f'exec "{sys.executable}" "{TESTS / "appcmd.py"}" "$@"',
        "icacls": 'echo "$@" >> "$APPHOST.rights"',
    }.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\n{source}\n")
        program.chmod(0o755)
    (folder / "apphost").write_text(Appcmd(BARE).text())
    (folder / "root").mkdir()
    (folder / "wfastcgi.py").write_text("# wfastcgi\n")
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {"APPHOST": str(folder / "apphost"), "PATH": path, "PYTHONPATH": str(TESTS.parent), "MINE": "yes"}


@contextmanager
def keeping(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-m", "bench.iis", "--appcmd", str(folder / "appcmd"), "--python", sys.executable]
    argv += ["--root", str(folder / "root"), "--folder", str(folder), "--port", "20001", *options]
    environment = prepared(folder)
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as keeper:
        try:
            yield keeper
        finally:
            keeper.kill()


def awaited(path: Path, text: str) -> str:
    """What is in a file as soon as this is."""
    eventually(lambda: path.exists() and text in path.read_text())
    return path.read_text()


@WINDOWS
def test_a_site_is_up_until_its_keeper_is_told_to_end(tmp_path: Path) -> None:
    bare = Appcmd(BARE).text()
    with keeping(tmp_path, "--wfastcgi", str(tmp_path / "wfastcgi.py")) as keeper:
        kept = awaited(tmp_path / "apphost", '<site name="bench-20001-')
        kept = awaited(tmp_path / "apphost", 'serverAutoStart="true"')
        assert f"bench-20001-{keeper.pid}" in kept
        assert 'name="MINE" value="yes"' in kept
        assert awaited(tmp_path / "root" / "wfastcgi.py", "# wfastcgi")
        awaited(tmp_path / f"bench-adopted-{keeper.pid}", "")
        keeper.send_signal(signal.SIGTERM)
        said = keeper.communicate(timeout=60)
        assert keeper.returncode == 0, said
    assert (tmp_path / "apphost").read_text() == bare
    rights = (tmp_path / "apphost.rights").read_text().splitlines()
    given = [line.split(" /")[0] for line in rights if "/grant" in line]
    assert given
    assert given == [line.split(" /")[0] for line in rights if "/remove:g" in line]
    assert not (tmp_path / f"bench-adopted-{keeper.pid}").exists()


@WINDOWS
def test_one_that_is_refused_says_why_in_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "my app"
    folder.mkdir()
    with keeping(folder) as keeper:
        said = keeper.communicate(timeout=60)[1]
    assert keeper.returncode == 2
    assert said.startswith("bench: '")
    assert "has a space in it" in said
    assert (folder / "apphost").read_text() == Appcmd(BARE).text()


@WINDOWS
def test_one_that_cannot_take_all_of_it_back_says_so(tmp_path: Path) -> None:
    with keeping(tmp_path) as keeper:
        awaited(tmp_path / f"bench-adopted-{keeper.pid}", "")
        (tmp_path / "apphost").write_text((tmp_path / "apphost").read_text().replace("Default Web Site", "Other"))
        keeper.send_signal(signal.SIGTERM)
        said = keeper.communicate(timeout=60)[1]
    assert keeper.returncode == 1
    assert "IIS is not as it was before bench-20001-" in said


@WINDOWS
def test_what_iis_cannot_serve_is_said_before_it_is_tried(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "bench.iis.refused", "--python", sys.executable, "--root"]
    environment = {"PYTHONPATH": str(TESTS.parent)}
    done = subprocess.run([*argv, "/b", "--folder", "/my app"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "move the app" in done.stderr
    done = subprocess.run([*argv, "/b", "--folder", "/app"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
