"""What Linux can show of Windows: a Windows Python under Wine runs the commands, the warden's Job, rows and the driver.

Wine is not Windows: it knows no CTRL_BREAK for another process group, and its times say nothing.
"""

import json
import platform
import shutil
import sys
from pathlib import Path

import psutil
import pytest
from scripted import HELLO, always, scripted
from waiting import eventually
from wine import MINOR, PROGRAMS, Windows, at, made

from bench.cli import main

if sys.platform != "linux" or platform.machine() != "x86_64":
    pytest.skip("only Linux on x86-64 runs programs of Windows", allow_module_level=True)
for program in PROGRAMS:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ROWS = ("waitress", "threaded", "gevent", "dev", "tornado", "twisted")
"""The first three are started too."""
SERVED = """
import os, signal, subprocess, sys, time
if sys.argv[1] == "parent":
    subprocess.Popen([sys.executable, __file__, "child"], creationflags=subprocess.CREATE_NEW_PROCESS_GROUP)
print("up", flush=True)
time.sleep(60)
"""
HARNESS = """
import json, os, sys
from pathlib import Path
from bench.processes.custody import custody
script, log = sys.argv[1:]
folder = Path(log).parent
with custody([[sys.executable, script, "parent"]], folder=folder, log=Path(log), environment=dict(os.environ)) as ward:
    while Path(log).read_text().count("up") < 2:
        assert ward.ended(wait=0.05) is None
    print("up", flush=True)
    sys.stdin.readline()
print(json.dumps(vars(ward.stopped)))
"""
CHECK = """
import sys
from functools import partial
from bench import check, cli, launch
# On a slow machine Wine needs longer than a row has for the imports of gevent alone.
launch.serving = partial(launch.serving, deadline=90)
# On a machine with many connections Wine takes minutes to say whose they are.
check.exposed = lambda members: ()
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Windows:
    return made(tmp_path_factory.mktemp("windows"))


@pytest.fixture
def served(tmp_path: Path) -> tuple[Path, Path]:
    """A command that starts another, and the harness that has it in custody."""
    (tmp_path / "served.py").write_text(SERVED)
    (tmp_path / "harness.py").write_text(HARNESS)
    return tmp_path / "harness.py", tmp_path / "served.py"


def test_a_windows_python_it_is(windows: Windows) -> None:
    said = windows.run("-c", "import os, sys; print(os.name, sys.platform, sys.version[:4], sys.stdout.encoding)")
    assert said.stdout.split() == ["nt", "win32", MINOR, "cp1252"]


def test_rows_of_windows_can_run_there_and_others_say_why_not(windows: Windows) -> None:
    rows = {row["name"]: row for row in json.loads(windows.run("-m", "bench", "list", "@all", "--json").stdout)}
    assert [name for name in ROWS if not rows[name]["runnable"]] == []
    assert rows["gunicorn"]["reason"] == "it runs on Unix only"
    assert rows["iis+wfastcgi"]["remedy"].startswith(f"{windows.python} -m pip install")


def test_rows_answer_everything_rightly_on_windows_and_leave_nothing(windows: Windows) -> None:
    said = windows.run("-c", CHECK, "check", *ROWS[:3])
    assert said.returncode == 0, said.stdout + said.stderr
    lines = [line for line in said.stdout.splitlines() if not line.startswith(" ")]
    assert [line.split(":")[0] for line in lines] == [f"✓ {name}" for name in ROWS[:3]]


def test_a_site_of_iis_is_planned_alike_wherever_that_is_done(windows: Windows, tmp_path: Path) -> None:
    order = ("export", "iis+wfastcgi", "--app", "shop:app", "--root", "C:\\site", "--to")
    said = windows.run("-m", "bench", *order, at(tmp_path / "there"))
    assert said.returncode == 0, said.stderr
    assert main([*order, str(tmp_path / "here")]) == 0
    assert _written(tmp_path / "there") == _written(tmp_path / "here")
    assert _written(tmp_path / "here").keys() > {"up.ps1", "down.ps1", "README.md"}


def _written(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("options", [(), ("--rate", "100")], ids=["closed", "open"])
def test_the_driver_loads_by_the_select_of_windows(windows: Windows, options: tuple[str, ...]) -> None:
    with scripted(always(HELLO)) as server:
        said = windows.run("-m", "bench", "load", server.url, "--connections", 8, "--duration", 1, "--json", *options)
    assert said.returncode == 0, said.stderr
    measured = json.loads(said.stdout)
    assert measured["errors"] == {}
    assert measured["responses"] == len(server.requests) > 50
    assert server.connections <= 8


def test_more_connections_than_the_select_of_windows_takes_are_refused_with_the_figure(windows: Windows) -> None:
    with scripted(always(HELLO)) as server:
        said = windows.run("-m", "bench", "load", server.url, "--connections", 4000, "--duration", 1)
    assert said.returncode == 2
    assert said.stderr == "bench: 4000 connections are more than Python's select takes on Windows: 512 at the most.\n"


def test_nobody_who_listens_is_told_as_such_on_windows(windows: Windows) -> None:
    with scripted(always(HELLO)) as server:
        url = server.url
    said = windows.run("-m", "bench", "load", url, "--connections", 4, "--duration", 1)
    assert (said.returncode, said.stderr) == (2, f"bench: nobody answers at {url}: [Errno 10061] connect.\n")


def test_a_tree_ends_with_its_order_on_windows(windows: Windows, served: tuple[Path, Path], tmp_path: Path) -> None:
    harness, script = served
    process = windows.start(at(harness), at(script), at(tmp_path / "log"))
    assert process.stdout
    assert process.stdout.readline().strip() == b"up"
    assert _running(script) == 2
    said, words = process.communicate(b"\n", timeout=60)
    assert process.returncode == 0, words
    assert json.loads(said)["killed"] >= 1
    assert json.loads(said)["left"] == 0
    eventually(lambda: _running(script) == 0, within=20)


def test_a_tree_ends_with_its_harness_on_windows(windows: Windows, served: tuple[Path, Path], tmp_path: Path) -> None:
    harness, script = served
    process = windows.start(at(harness), at(script), at(tmp_path / "log"))
    assert process.stdout
    assert process.stdout.readline().strip() == b"up"
    process.kill()
    process.communicate()
    eventually(lambda: _running(script) == 0, within=20)


def _running(script: Path) -> int:
    """How many processes run this script in Wine; the harness merely has it among its arguments."""
    commands = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return sum(at(script) in words[1:2] for words in commands)
