"""The Makefile: what a newcomer types first, and what it says when something is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERBS = [
    "help",
    "setup",
    "system",
    "bench",
    "check",
    "compare",
    "gate",
    "report",
    "test",
    "test-faults",
    "lint",
    "lock",
    "docs",
    "clean",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `make setup` looks at, alone in a folder."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell that has neither uv on its PATH nor anything that another make left behind."""
    environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8", **variables}
    command = [str(shutil.which("make")), "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines on standard error that are not make's own."""
    return [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]


def test_help_has_one_line_for_each_verb() -> None:
    lines = make(ROOT, "help").stdout.splitlines()
    assert [line.split()[1] for line in lines] == VERBS
    assert all(len(line.split()) > 3 and len(line) < 150 for line in lines)


def test_the_gate_compares_what_is_here_with_a_base() -> None:
    done = make(ROOT, "gate", "BASE=no-such-commit", "SERVER=waitress")
    assert done.returncode == 2
    assert "bench: there is no commit and no folder 'no-such-commit'." in said(done)[-1]


@pytest.mark.parametrize("python", ["false", "no-such-python"])
def test_a_python_that_will_not_do_is_refused_in_a_sentence(checkout: Path, python: str) -> None:
    done = make(checkout, "setup", f"PYTHON={python}")
    assert done.returncode == 2
    assert f"'{python}' is not Python 3.11 or newer" in said(done)[-1]
    assert not (checkout / ".venv").exists()


def test_a_python_without_venv_is_told_what_to_install(checkout: Path) -> None:
    (checkout / "ensurepip.py").write_text("raise ImportError")
    done = make(checkout, "setup", f"PYTHON={sys.executable}", PYTHONPATH=str(checkout))
    assert done.returncode == 2
    assert len(said(done)) == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_what_is_set_up_is_not_set_up_again(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for stamp in (".ready", ".installed"):
        (checkout / ".venv" / stamp).touch()
    bench = ["--dry-run", "bench"]
    assert make(checkout, "--question", "setup").returncode == 0
    assert "install" not in make(checkout, *bench).stdout
    later = (checkout / ".venv" / ".installed").stat().st_mtime + 10
    os.utime(checkout / "requirements-dev.txt", (later, later))
    assert make(checkout, "--question", "setup").returncode == 1
    assert "install" not in make(checkout, *bench).stdout
    os.utime(checkout / "requirements.txt", (later, later))
    assert "--require-hashes -r requirements.txt" in make(checkout, *bench).stdout


def test_variables_reach_the_command_as_they_were_given(checkout: Path) -> None:
    (checkout / "bench").write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    (checkout / "bench").chmod(0o755)
    bench = ["-o", ".venv/.ready", f"BIN={checkout}", "bench"]
    assert make(checkout, *bench).stdout.split() == ["run"]
    done = make(checkout, *bench, "SERVER=bench* waitress", "ROUNDS=2", "DURATION=a b;c", "DRIVER=wrk", "THREADS=8")
    words = ["run", "bench*", "waitress", "--driver", "wrk", "--rounds", "2", "--duration"]
    assert done.stdout.splitlines() == [*words, "a b;c", "--threads", "8"]
    assert make(checkout, *bench, "PRECISION=1").stdout.split() == ["run", "--precision", "1"]
    assert make(checkout, *bench, "RESUME=my run").stdout.splitlines() == ["run", "--resume", "my run"]


@pytest.mark.parametrize("variable", ["DURATION=abc", "ROUNDS=0", "SERVER=gunicorn-synk", "DRIVER=lokust"])
def test_a_value_that_makes_no_sense_costs_one_sentence(variable: str) -> None:
    done = make(ROOT, "-o", ".venv/.ready", f"BIN={Path(sys.executable).parent}", "bench", variable)
    assert done.returncode == 2
    assert len(said(done)) == 1
    assert variable.partition("=")[2] in done.stderr
    assert not done.stdout


def test_system_says_where_else_its_programs_are(checkout: Path) -> None:
    (checkout / "bin").mkdir()
    (checkout / "bin" / "sh").symlink_to("/bin/sh")
    done = make(checkout, "system", PATH=str(checkout / "bin"))
    assert done.returncode == 2
    assert len(said(done)) == 1
    assert "docs/system.md" in done.stderr
    assert (ROOT / "docs" / "system.md").is_file()
