"""A machine that lacks what others have, or has a clock of its own mind: what cannot be measured is left out."""

import ast
import json
import re
from pathlib import Path

import pytest
from confined import BENCH, BRIEF, LOOPBACK_UP, Outcome, confined, once, only_run

import bench
from bench.journal import Journal

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="needs Linux's namespaces")

RUN = (*BENCH, "run", "dev", *BRIEF, "--results", "results")
AN_HOUR = 3600.0
ODD = "out put/täst €/" + 200 * "x"
LACKING = f"""
mkdir nothing
if [ -d /proc/pressure ]; then mount --bind nothing /proc/pressure; fi
mount -t tmpfs -o ro,size=4k none /dev/shm
mount --bind nothing /sys/fs/cgroup
{LOOPBACK_UP}
echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 || true
"""
PLAIN = {"HOME": "/nonexistent/home", "LC_ALL": "C", "COLUMNS": "20", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NAMELESS = ("setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups")
# It may read what is only root's, so that this test can run where the interpreter is in root's home.
NAMELESS += ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")
HIDDEN = "mount -t proc -o hidepid=invisible none /proc; chmod 777 . temporary"
WALL_CLOCK = re.compile(r"(time\.)?time_ns|time\.time|(datetime\.)?datetime\.(now|utcnow|today)|date\.today")
CLOCK = """
import time
def ahead():
    with open({ahead!r}) as file:
        seconds = float(file.read() or 0)
    with open({told!r}, "a") as file:
        print(seconds, file=file)
    return seconds
now, now_ns = time.time, time.time_ns
time.time = lambda: now() + ahead()
time.time_ns = lambda: now_ns() + round(1e9 * ahead())
"""
DATES = {
    "bench/drivers/bookings.py": "when statistics were booked, in Locust's own terms",
    "bench/drivers/wire.py": "the age of the kernel's time stamp, believed only where it is plausible",
    "bench/journal.py": "the date on which a run was gone on with",
    "bench/system/turn.py": "since when somebody measures, for whoever waits",
    "bench/verbs/cold.py": "a seed",
    "bench/verbs/doctor.py": "a seed",
    "bench/verbs/forms.py": "a seed, and the date of a baseline",
    "bench/verbs/run.py": "a seed, and the name and date of a run",
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Journal]:
    """A run on a machine that lacks all that it can do without."""
    folder = tmp_path_factory.mktemp("bare")
    command = (*BENCH, "run", "dev", *BRIEF, "--duration", "0.5", "--results", ODD)
    seen = confined(folder, *command, before=LACKING, environment=PLAIN, network=True)
    assert seen.code == 0, seen
    assert seen.clean, seen
    return seen, only_run(folder / ODD)


@pytest.mark.fault("machine", "no /proc/pressure", "what it tells is not measured; the rest is")
def test_without_pressure_figures_the_rest_is_measured(bare: tuple[Outcome, Journal]) -> None:
    windows = [window for record in bare[1].records for window in record.windows]
    assert {window.stalled for window in windows} == {None}
    assert all(window.responses and window.memory and window.foreign_cpu is not None for window in windows)


@pytest.mark.fault("machine", "no control groups to look at", "no quota and no limit is claimed")
def test_without_control_groups_no_limit_is_claimed(bare: tuple[Outcome, Journal]) -> None:
    here = bare[1].run.machine
    assert (here.cpu_quota, here.memory_limit) == (None, None)
    assert {window.throttled for record in bare[1].records for window in record.windows} == {None}


@pytest.mark.fault("machine", "no IPv6", "it is not needed")
def test_without_ipv6_all_is_answered(bare: tuple[Outcome, Journal]) -> None:
    assert [record.failure for record in bare[1].records] == [None]
    assert not any(window.errors for record in bare[1].records for window in record.windows)


@pytest.mark.fault(
    "machine", "locale C, a terminal that is not UTF-8 and 20 columns wide", "plain signs, no line too long"
)
def test_a_poor_terminal_is_written_to_all_the_same(bare: tuple[Outcome, Journal]) -> None:
    said = bare[0].out.splitlines()
    assert said
    assert bare[0].out.isascii()
    assert max(map(len, said)) <= 20, said


@pytest.mark.fault("machine", "HOME is not there, nor /dev/shm", "a run and its report need neither")
def test_without_a_home_the_report_is_written(bare: tuple[Outcome, Journal]) -> None:
    assert (bare[1].path.parent / "report.html").stat().st_size > 10_000
    assert len(list(bare[1].path.parent.glob("*.png"))) > 4


@pytest.mark.fault("machine", "a results path with blanks, umlauts and 200 characters", "it is used as it is")
def test_an_odd_path_is_used_as_it_is(bare: tuple[Outcome, Journal]) -> None:
    assert bare[1].end == "complete"
    assert "x" * 200 in bare[0].err


@pytest.mark.fault("machine", "no loopback interface that is up", "one sentence at once, with the way out")
@pytest.mark.parametrize("command", [["run", "dev"], ["check", "dev"], ["load", "http://127.0.0.1:9/"]])
def test_without_a_loopback_interface_nothing_is_begun(tmp_path: Path, command: list[str]) -> None:
    seen = confined(tmp_path, *BENCH, *command, network=True)
    assert seen.code == 2, seen
    assert seen.err == (
        "bench: 127.0.0.1 cannot be reached (Network is unreachable): have the loopback interface up: "
        "ip link set lo up.\n"
    )
    assert seen.clean


@pytest.mark.fault("machine", "a user without a name, a home, or a look at others' processes", "all works")
def test_a_user_without_a_name_can_measure(tmp_path: Path) -> None:
    nameless = {"HOME": None, "USER": None, "LOGNAME": None, "BENCH_TURN": str(tmp_path / "turn")}
    seen = confined(tmp_path, *NAMELESS, *BENCH, "check", "dev", before=HIDDEN, environment=nameless)
    assert seen.code == 0, seen
    assert seen.out.startswith("✓ dev")
    assert seen.clean, seen


@pytest.mark.fault("machine", "ulimit -u allows no further process", "one sentence, nothing left")
def test_a_user_who_may_start_nothing_is_told_so(tmp_path: Path) -> None:
    command = (*NAMELESS, "prlimit", "--nproc=2", *BENCH, "check", "dev")
    seen = confined(tmp_path, *command, before=HIDDEN, environment={"BENCH_TURN": str(tmp_path / "turn")})
    assert seen.code in (1, 2), seen
    assert re.search("ulimit -u|Resource temporarily unavailable", seen.out + seen.err), seen
    assert seen.clean, seen


@pytest.mark.fault("machine", "TMPDIR is not there", "another folder for temporary files is taken")
def test_another_folder_is_taken_where_tmpdir_is_not_there(tmp_path: Path) -> None:
    other: dict[str, str | None] = {"TMPDIR": "/nonexistent", "TEMP": str(tmp_path / "temporary")}
    seen = confined(tmp_path, *BENCH, "check", "dev", environment=other)
    assert seen.code == 0, seen
    assert seen.clean, seen


@pytest.mark.fault("machine", "a server that does not tell its memory", "no figure instead of a part of it")
def test_memory_that_cannot_be_told_is_no_figure(tmp_path: Path) -> None:
    script = "import ctypes, os, subprocess, sys\nfrom bench.system import meter\n"
    script += "hide = 'import ctypes, sys; ctypes.CDLL(None).prctl(4, 0); print(1, flush=True); sys.stdin.read()'\n"
    script += "plain = hide.replace('(4, 0)', '(4, 1)')\nfor source in (plain, hide):\n"
    script += "    child = subprocess.Popen([sys.executable, '-c', source], stdin=-1, stdout=-1)\n"
    script += "    child.stdout.readline()\n    print(meter.memory(os.getpid(), itself=False) is None)\n"
    script += "    child.communicate(b'')\n"
    bound = ("setpriv", "--reuid", "54321", "--clear-groups", *NAMELESS[6:])
    seen = confined(tmp_path, *bound, BENCH[0], "-c", script, before="chmod 777 . temporary")
    assert seen.out.split() == ["False", "True"], seen


@pytest.fixture
def clock(tmp_path: Path) -> dict[str, str | None]:
    """An environment in which harness and driver are told another time of day: by the seconds in a file, on and on."""
    (tmp_path / "ahead").write_text("0")
    (tmp_path / "sitecustomize.py").write_text(CLOCK.format(ahead=str(tmp_path / "ahead"), told=str(tmp_path / "told")))
    return {"PYTHONPATH": str(tmp_path)}


@pytest.mark.fault("machine", "the clock is set back by an hour in mid-run", "durations are what they were")
def test_a_clock_that_is_set_in_mid_run_changes_no_figure(tmp_path: Path, clock: dict[str, str | None]) -> None:
    command = once("results/*/logs/dev-1.log", "echo -3600 > ahead", *RUN, "--duration", "0.5")
    seen = confined(tmp_path, *command, environment=clock)
    assert seen.code == 0, seen
    assert seen.clean, seen
    assert "-3600.0" in (tmp_path / "told").read_text().split()
    (record,) = only_run(tmp_path / "results").records
    assert record.failure is None
    assert record.windows
    assert all(0 < window.duration < AN_HOUR / 10 for window in record.windows)
    assert all(0 < (window.latency_mean or 0) < AN_HOUR / 10 for window in record.windows)
    assert 0 < (record.ready or 0) < AN_HOUR / 10


@pytest.mark.parametrize(
    "years",
    [
        pytest.param(-55, marks=pytest.mark.fault("machine", "a clock in 1971", "all works")),
        pytest.param(124, marks=pytest.mark.fault("machine", "a clock in 2150", "all works")),
    ],
)
def test_a_clock_of_another_time_is_no_obstacle(tmp_path: Path, clock: dict[str, str | None], years: int) -> None:
    (tmp_path / "ahead").write_text(str(years * 365.25 * 24 * AN_HOUR))
    seen = confined(tmp_path, *BENCH, "check", "dev", "--json", environment=clock)
    assert seen.code == 0, seen
    assert json.loads(seen.out)[0]["ok"]
    assert seen.clean, seen


def asks_for_the_time_of_day(path: Path) -> bool:
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    return any(WALL_CLOCK.fullmatch(ast.unparse(call.func)) for call in calls)


def test_no_duration_is_told_by_the_time_of_day() -> None:
    root = Path(bench.__file__).parent
    asking = {path.relative_to(root.parent).as_posix() for path in root.rglob("*.py") if asks_for_the_time_of_day(path)}
    assert asking == set(DATES), asking ^ set(DATES)


@pytest.mark.fault(
    "machine", "a machine that tells hardly anything of itself", "the doctor leaves out what it cannot tell"
)
def test_the_doctor_examines_a_machine_that_tells_little(tmp_path: Path) -> None:
    hide = f"{HIDDEN}{LACKING}mount --bind nothing /sys/devices/system/cpu; mount --bind nothing /proc/sys/net"
    seen = confined(tmp_path, *NAMELESS, *BENCH, "doctor", "--quick", "--json", before=hide, network=True)
    assert seen.code in (0, 1), seen
    assert seen.clean, seen
    names = {symptom["name"] for symptom in json.loads(seen.out)["symptoms"]}
    assert "cores" in names
    assert not names & {"memory pressure", "quota", "governor"}
