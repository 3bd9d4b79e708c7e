"""The wheel is the whole program: in an empty environment, far from the checkout, it lists and measures."""

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Container, Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
BIN = "Scripts" if os.name == "nt" else "bin"


def carry_out(command: Sequence[str | Path], folder: Path, fine: Container[int] = (0,)) -> str:
    """Standard output of a command that must succeed, in a folder and without what could lead it to the checkout."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode in fine, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    carry_out([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that holds the wheel and what it asks for, as pinned, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    # A hash in a constraint would be asked of the wheel too.
    pins = re.findall(r"^[^\s#].*==.*(?= \\$)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    (folder / "pins.txt").write_text("\n".join(pins))
    uv = Path(sys.executable).parent / "uv"
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", folder / BIN / "python"]
    carry_out([*install, "--constraint", folder / "pins.txt", wheel], folder)
    return folder / BIN


def test_the_wheel_carries_everything_that_rows_are_made_of(wheel: Path) -> None:
    held = set(ZipFile(wheel).namelist())
    listed = ["git", "-c", "safe.directory=*", "ls-files", "apps", "configs", "nginx"]
    tracked = carry_out(listed, ROOT).split()
    assert tracked
    assert {f"bench/assets/{name}" for name in tracked} <= held
    assert not [name for name in held if name.startswith(("tests/", "docs/", "results/")) or "__pycache__" in name]


def test_installed_outside_the_checkout_it_knows_its_rows(installed: Path, tmp_path: Path) -> None:
    rows = json.loads(carry_out([installed / "bench", "list", "--json"], tmp_path))
    assert {row["name"]: row["runnable"] for row in rows}["waitress"] is True


def test_installed_outside_the_checkout_it_measures(installed: Path, tmp_path: Path) -> None:
    measure: list[str | Path] = [installed / "bench", "run", "waitress", "--rounds", "1", "--duration", "0.3", "--json"]
    # Exit code 1: measured, but not to be believed. While tests run, a machine may be too busy for that.
    said = carry_out(measure, tmp_path, fine=(0, 1))
    run = json.loads(said)
    assert [row["name"] for row in run["rows"]] == ["waitress"]
    assert run["rows"][0]["responses"] > 0
    assert not any(run["rows"][0]["errors"].values())
    folder = tmp_path / run["run"]
    assert {"records.jsonl", "report.html", "table.csv", "summary.md"} <= {path.name for path in folder.iterdir()}
