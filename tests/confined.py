"""Commands in a corner of this machine that lacks something: namespaces of their own, control groups, limits."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from waiting import eventually, remaining

from bench import journal
from bench.journal import Journal

BENCH = (sys.executable, "-m", "bench")
LOOPBACK_UP = (
    f'{sys.executable} -c "import fcntl, socket, struct; '
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 0x49))\""
)
"""In a network namespace, which begins with nothing."""
BRIEF = ("--rounds", "1", "--duration", "0.05", "--connections", "4")
GONE_AFTER = 2.0
"""Seconds after which nothing may be left."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended, what it said, and what of it was left behind: processes and temporary files."""

    code: int
    out: str
    err: str
    processes: list[str]
    files: list[str]

    @property
    def sentence(self) -> str:
        """The last line on standard error, where errors are told."""
        return self.err.strip().splitlines()[-1]

    @property
    def clean(self) -> bool:
        return not self.processes and not self.files and "Traceback" not in self.err + self.out


def confined(
    folder: Path,
    *command: str,
    before: str = "",
    after: str = "",
    network: bool = False,
    environment: Mapping[str, str | None] | None = None,
) -> Outcome:
    """Run a command in a mount namespace of its own, and a network namespace where asked for.

    `before` and `after` are lines for a shell in there, which ends with the command's status. What is left behind is
    told by the namespace and by a folder for temporary files.
    """
    if os.geteuid() != 0:
        pytest.skip("Linux gives namespaces to root alone: sudo make test-faults")
    temporary, seen = folder / "temporary", folder / "namespace"
    temporary.mkdir(exist_ok=True)
    script = f"set -e; readlink /proc/self/ns/mnt > {shlex.quote(str(seen))}\n{before}\nset +e; "
    script += f'"$@"; code=$?\n{after}\nexit $code'
    spaces = ["unshare", "--mount", *(["--net"] if network else []), "sh", "-c", script, "sh"]
    told = {**os.environ, "TMPDIR": str(temporary), **(environment or {})}
    told = {name: value for name, value in told.items() if value is not None}
    done = subprocess.run(
        [*spaces, *command], capture_output=True, text=True, errors="replace", env=told, cwd=folder, timeout=280
    )
    left = _left(seen.read_text().strip())
    return Outcome(done.returncode, done.stdout, done.stderr, left, [path.name for path in temporary.iterdir()])


def _left(namespace: str) -> list[str]:
    """The command lines of what still lives in a mount namespace after the time that it is given."""
    return remaining(lambda: list(_members(namespace)), GONE_AFTER)


def _members(namespace: str) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.readlink(process / "ns" / "mnt") == namespace:
                yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def only_run(results: Path) -> Journal:
    """The one run in a folder of results."""
    (path,) = results.glob(f"*/{journal.FILE}")
    return journal.read(path)


def limited(limit: str, *command: str) -> tuple[str, ...]:
    """A command under a limit of `ulimit`: `-n 200` soft and hard, `-Sn 200` soft."""
    return "sh", "-c", f'ulimit {limit} && exec "$@"', "sh", *command


def once(there: str, deed: str, *command: str) -> tuple[str, ...]:
    """A command during which something is done as soon as a file is there; a pattern for a shell, as `logs/*.log`."""
    waiting = f"while [ ! -e {there} ] && kill -0 $! 2>/dev/null; do sleep 0.02; done"
    return "sh", "-c", f'"$@" & {waiting}; {deed}; wait $!', "sh", *command


def joined(group: Path, *command: str) -> tuple[str, ...]:
    """A command that begins in a control group."""
    return "sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh", *command


def cores(count: float) -> AbstractContextManager[Path]:
    """A control group that is stopped when it has used so many cores' time."""
    quota = str(round(100_000 * count))
    # Others must not keep it from what it is allowed.
    old = {"cpu.cfs_quota_us": quota, "cpu.shares": "262144"}
    return _group("cpu", old, {"cpu.max": f"{quota} 100000", "cpu.weight": "10000"})


def memory(size: int) -> AbstractContextManager[Path]:
    """A control group that may hold so many bytes."""
    return _group("memory", {"memory.limit_in_bytes": str(size)}, {"memory.max": str(size), "memory.swap.max": "0"})


def starved(group: Path) -> int:
    """How many processes of a group of `memory` the kernel has killed, by its own count."""
    counts = next(path for name in ("memory.oom_control", "memory.events") if (path := group / name).exists())
    return int(dict(line.split() for line in counts.read_text().splitlines())["oom_kill"])


def processes(count: int) -> AbstractContextManager[Path]:
    """A control group of so many processes and threads at most."""
    return _group("pids", {"pids.max": str(count)}, {"pids.max": str(count)})


@contextmanager
def _group(controller: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Path]:
    """A control group of version 1 or else 2, with what to write into its files; gone when all in it have ended."""
    root = Path("/sys/fs/cgroup")
    parent, files = (root / controller, old) if (root / controller).is_dir() else (root, new)
    group = parent / f"bench-{uuid4().hex[:12]}"
    try:
        if files is new:
            (root / "cgroup.subtree_control").write_text(f"+{controller}")
        group.mkdir()
    except OSError as error:
        pytest.skip(f"Linux lets nobody make control groups here: {error.strerror}")
    try:
        for name, value in files.items():
            if (group / name).exists():
                (group / name).write_text(value)
        yield group
    finally:
        eventually(lambda: _removed(group), within=10)


def _removed(group: Path) -> bool:
    """Whether a control group is gone, as it can be when nothing lives in it any more."""
    with suppress(OSError):
        group.rmdir()
    return not group.is_dir()
