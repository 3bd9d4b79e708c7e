"""CI does not take a skipped test for a passed one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.skipif(True, reason="{reason}")
def test_marked(): ...

def test_called():
    pytest.skip("{reason}")

@pytest.mark.xfail(raises=ValueError)
def test_expected_to_fail():
    raise ValueError
"""


def outcome(folder: Path, tests: str, ci: str) -> str:
    """The closing line of pytest on these tests, under our conftest."""
    shutil.copy(Path(__file__).parent / "conftest.py", folder)
    (folder / "test_it.py").write_text(tests)
    environment = {**os.environ, "CI": ci, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), "-c", os.devnull]
    done = subprocess.run([*command, str(folder)], env=environment, cwd=folder, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("ci", "reason", "closing"),
    [
        ("true", "there is no wrk", "1 failed, 1 xfailed, 1 error"),
        ("true", "needs Windows", "2 skipped, 1 xfailed"),
        ("", "there is no wrk", "2 skipped, 1 xfailed"),
    ],
)
def test_a_skip_fails_in_ci_unless_it_wants_another_system(tmp_path: Path, ci: str, reason: str, closing: str) -> None:
    assert closing in outcome(tmp_path, TESTS.format(reason=reason), ci)


def test_a_file_skipped_as_a_whole_fails_in_ci(tmp_path: Path) -> None:
    tests = 'import pytest\npytest.importorskip("no_such_module")\n'
    assert "1 skipped" in outcome(tmp_path, tests, "")
    assert "1 error" in outcome(tmp_path, tests, "true")


def test_what_windows_leaves_out_is_there_to_be_left_out(pytestconfig: pytest.Config) -> None:
    here = Path(__file__).parent
    conftest = pytestconfig.pluginmanager.get_plugin(str(here / "conftest.py"))
    assert conftest
    assert [name for name in conftest.NOT_ON_WINDOWS if not (here / name).is_file()] == []
