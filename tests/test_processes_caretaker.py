"""A command's temporary files are in one place, which goes with it, and with nobody else."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bench.processes import caretaker, strays

pytestmark = pytest.mark.skipif(os.name == "nt", reason="on Windows a Job ends what was started")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which temporary files are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def sleeper(**more: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], **more)  # type: ignore[call-overload,no-any-return]


def test_all_temporary_files_are_in_one_folder_that_goes(room: Path) -> None:
    with caretaker.present():
        (folder,) = room.iterdir()
        (Path(tempfile.mkdtemp()) / "file").write_text("")
        assert Path(tempfile.gettempdir()) == folder
        assert os.environ["TMPDIR"] == str(folder)
        assert caretaker.lasting() == room
    assert list(room.iterdir()) == []
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(room) == str(caretaker.lasting())


def test_where_nobody_can_be_had_to_see_to_it_no_folder_is_left(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(room / "nobody"))
    with pytest.raises(OSError, match="No such file"), caretaker.present():
        pytest.fail("nobody saw to it")
    assert list(room.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who works where")
def test_what_is_left_in_it_is_ended_and_nothing_else(room: Path) -> None:
    with sleeper(cwd=room) as bystander:
        with caretaker.present():
            forgotten = sleeper(env={"TOLD": tempfile.mkdtemp()}, start_new_session=True)
            lurking = sleeper(cwd=tempfile.mkdtemp(), start_new_session=True)
            assert set(strays.living(tempfile.gettempdir())) >= {forgotten.pid, lurking.pid}
        assert forgotten.wait() < 0
        assert lurking.wait() < 0
        assert bystander.poll() is None
        bystander.kill()


def test_only_what_nobody_holds_any_more_is_tidied_up(room: Path) -> None:
    (room / "deploybench-of-the-user").mkdir()
    with caretaker.present():
        held = Path(tempfile.gettempdir())
        caretaker._tidy(room)
        assert held.exists()
    orphaned = room / "deploybench-orphaned"
    orphaned.mkdir()
    (orphaned / caretaker._LOCK).touch()
    caretaker._tidy(room)
    assert [path.name for path in room.iterdir()] == ["deploybench-of-the-user"]
