"""Nothing of a tree outlives its warden, and the warden outlives nobody: real processes, really killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from struck import left_after
from waiting import LONGEST, eventually

from bench.errors import BenchError
from bench.processes.custody import Ward, custody

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the Windows half needs Windows")

DAEMON = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork():
    os.wait()
    sys.exit()
os.setsid()
if os.fork(): os._exit(0)
# a grandchild in a session of its own, whose parents are gone
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
time.sleep(60)
"""
WORKER = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WORKER
PARENT = f"""
import subprocess, sys, time
for _ in range(2): subprocess.Popen([sys.executable, "-c", {WORKER!r}, sys.argv[1]])
time.sleep(60)
"""


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    return tmp_path / "pids"


def command(source: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", source, *map(str, arguments)]


def written(pids: Path, count: int) -> list[int]:
    eventually(lambda: pids.exists() and len(pids.read_text().split()) >= count)
    return [int(word) for word in pids.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def living(pids: list[int]) -> list[psutil.Process]:
    """Those that have not ended by themselves, as the first process of a daemon does."""
    members = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            members.append(psutil.Process(pid))
    return members


@pytest.fixture
def held(tmp_path: Path) -> Callable[..., Iterator[Ward]]:
    def start(*commands: list[str]) -> Iterator[Ward]:
        return custody(commands, folder=tmp_path, log=tmp_path / "log", environment=dict(os.environ))  # type: ignore[return-value]

    return start


@pytest.mark.parametrize(("source", "count"), [(WORKER, 1), (STUBBORN, 1), (PARENT, 2), (DAEMON, 1)])
def test_the_whole_tree_ends_with_its_block(held, pids: Path, source: str, count: int) -> None:
    with held(command(source, pids)) as ward:
        members = written(pids, count)
        assert all(alive(pid) for pid in members)
    assert not any(alive(pid) for pid in (*members, *ward.pids, ward.pid))


def test_an_orderly_end_kills_nobody_and_a_stubborn_one_says_how_many(held, pids: Path) -> None:
    with held(command(WORKER, pids)) as orderly:
        written(pids, 1)
    with held(command(STUBBORN, pids)) as stubborn:
        written(pids, 2)
    assert orderly.stopped.killed == 0
    assert stubborn.stopped.killed == 1


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize(("source", "count"), [(STUBBORN, 1), (PARENT, 2), (DAEMON, 1)])
def test_nothing_survives_a_killed_harness_by_two_seconds(
    tmp_path: Path, pids: Path, source: str, count: int, blow: int
) -> None:
    harness = f"""
import os, pathlib, sys, time
from bench.processes.custody import custody
folder = pathlib.Path({str(tmp_path)!r})
with custody([[sys.executable, "-c", {source!r}, {str(pids)!r}]],
             folder=folder, log=folder / "log", environment=dict(os.environ)) as ward:
    print(ward.pid, *ward.pids, flush=True)
    time.sleep(60)
"""
    child = subprocess.Popen(
        command(harness), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parent.parent
    )
    try:
        assert child.stdout
        told = child.stdout.readline().split()
        members = living([*map(int, told), *written(pids, count)])
        assert len(members) > count
        child.send_signal(blow)
        assert left_after(members, 2) == []
    finally:
        child.kill()
        child.communicate()


def test_a_command_that_ends_is_told_with_its_status(held) -> None:
    with held(command("import sys; print('last words'); sys.exit(3)")) as ward:
        assert ward.ended(wait=LONGEST) == "exited with status 3"
    with held(command("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")) as ward:
        assert ward.ended(wait=LONGEST) == "was ended by SIGSEGV"


def test_what_commands_say_is_in_the_log(held, tmp_path: Path) -> None:
    with held(command("import sys; print('out'); print('err', file=sys.stderr)")) as ward:
        ward.ended(wait=LONGEST)
    assert sorted((tmp_path / "log").read_text().split()) == ["err", "out"]


def test_a_command_that_is_not_there_is_one_sentence(held, pids: Path) -> None:
    with (
        pytest.raises(BenchError, match="nowhere-to-be-found cannot be started: No such file"),
        held(command(WORKER, pids), ["nowhere-to-be-found"]),
    ):
        pytest.fail("half a server was offered")
    assert not pids.exists() or not any(alive(int(pid)) for pid in pids.read_text().split())


def test_commands_are_pinned_to_the_cores_they_are_given(tmp_path: Path) -> None:
    cores = {min(os.sched_getaffinity(0))}
    say = command("import os; print(sorted(os.sched_getaffinity(0)))")
    log = tmp_path / "log"
    with custody([say], folder=tmp_path, log=log, environment=dict(os.environ), cores=cores) as ward:
        ward.ended(wait=LONGEST)
    assert log.read_text().strip() == str(sorted(cores))
