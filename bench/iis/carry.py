"""Carries plans out, and makes sure that what was there before is there afterwards: by a backup, and by looking."""

import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError, fromstring

from bench.errors import BenchError
from bench.iis.leftovers import leftovers
from bench.iis.plan import FASTCGI, Call, Copy, Ended, Step, down, up
from bench.iis.site import Site, refusal

_LISTED = ("site", "apppool", "app", "vdir")
_STATE = re.compile(r",?state:\w+")
_OURS = re.compile(r"\bbench-\w+")
_LONGEST_END = 20.0
_LOOK_AGAIN = 0.2


@dataclass(frozen=True)
class Said:
    """How a program ended, and what it said."""

    status: int
    text: str


@dataclass(frozen=True)
class Machine:
    """The computer that plans are carried out on; `programs` says what a plan's names of programs are called there."""

    programs: Mapping[str, str]
    run: Callable[[Sequence[str]], Said]
    copy: Callable[[str, str], object] = shutil.copyfile
    kill: Callable[[int], object] = lambda pid: None
    pause: Callable[[float], object] = time.sleep
    is_administrator: Callable[[], bool] = lambda: True
    is_alive: Callable[[int], bool] = lambda pid: True
    exists: Callable[[str], bool] = lambda path: True

    def ask(self, call: Call) -> Said:
        return self.run((self.programs[call.program], *call.arguments))

    def appcmd(self, *arguments: str) -> Said:
        return self.ask(Call("appcmd", arguments))


def put_up(site: Site, machine: Machine) -> tuple[str, ...]:
    """Put a site up, after a backup of IIS's configuration that is called as the site; what IIS had before.

    What killed harnesses have left goes first. Raises BenchError when it may not or cannot, with all of it taken back.
    """
    if problem := refusal(site):
        raise BenchError(problem)
    if not machine.is_administrator():
        raise BenchError("IIS can be configured by administrators only: start this from an elevated prompt.")
    try_out(leftovers(seen(machine), machine.is_alive, machine.exists), machine)
    before = seen(machine)
    carry_out([Call("appcmd", ("add", "backup", site.name))], machine)
    try:
        carry_out(up(site), machine)
    except BenchError as error:
        take_down(site, machine, before)
        raise BenchError(str(error)) from None
    return before


def take_down(site: Site, machine: Machine, before: tuple[str, ...]) -> None:
    """Take a site down. Its backup goes too when IIS is as it was before; when not, BenchError names it.

    Sites of other harnesses, or of other rows that are up together with this one, may come and go meanwhile.
    """
    try_out(down(site), machine)
    after = seen(machine)
    if problem := _difference(site, before, after):
        raise BenchError(
            f"IIS is not as it was before {site.name}: {problem}. `appcmd restore backup {site.name}` brings all of "
            "its configuration back, and stops IIS for that."
        )
    machine.appcmd("delete", "backup", site.name)


def carry_out(steps: Iterable[Step], machine: Machine) -> None:
    """Carry out steps in order; BenchError, with what the program said, for the first that fails."""
    for step in steps:
        if isinstance(step, Copy):
            _copied(step, machine)
        elif isinstance(step, Ended):
            _await_end(step.pool, machine)
        elif (said := machine.ask(step)).status and step.is_needed:
            words = " ".join(said.text.split())[:400] or "nothing"
            raise BenchError(f"{step.program} {' '.join(step.arguments)} ended with {said.status} and said: {words}")


def try_out(steps: Iterable[Step], machine: Machine) -> None:
    """Carry out what can be of these steps: what was never made cannot be removed."""
    for step in steps:
        with suppress(BenchError):
            carry_out([step], machine)


def seen(machine: Machine) -> tuple[str, ...]:
    """Sites, pools, applications, folders and FastCGI's processes, a line each, whether they run left out.

    Raises BenchError when they are not listed: appcmd needs an administrator to read, too.
    """
    lines: list[str] = []
    for kind in _LISTED:
        lines += (_STATE.sub("", line).strip() for line in _listed(machine, kind).splitlines())
    try:
        applications = fromstring(_listed(machine, "config", FASTCGI)).iter("application")  # nosec B314  # noqa: S314  its own
    except ParseError as error:
        raise BenchError(f"what appcmd lists of FastCGI is not XML: {error}.") from None
    lines += (f"FASTCGI {each.get('fullPath')}|{each.get('arguments', '')}" for each in applications)
    return tuple(line for line in lines if line)


def _listed(machine: Machine, *what: str) -> str:
    said = machine.appcmd("list", *what)
    if said.text.lstrip().startswith("ERROR"):
        raise BenchError(f"appcmd list {' '.join(what)} said: {' '.join(said.text.split())[:400]}")
    return said.text


def workers(pool: str, machine: Machine) -> list[int]:
    """The process ids of a pool's workers, which are not ours: Windows' activation service has started them."""
    said = machine.appcmd("list", "wp", f"/apppool.name:{pool}", "/text:WP.NAME")
    return [int(word) for word in said.text.split() if word.isdigit()]


def this_machine(appcmd: str, python: str) -> Machine:
    """The computer we are on."""
    import psutil

    def kill(pid: int) -> None:
        try:
            psutil.Process(pid).kill()
        except psutil.Error:
            return

    programs = {"appcmd": appcmd, "icacls": "icacls", "python": python}
    return Machine(
        programs,
        _run,
        kill=kill,
        is_administrator=is_administrator,
        is_alive=psutil.pid_exists,
        exists=lambda path: Path(path).exists(),
    )


def is_administrator() -> bool:
    """Whether we may configure IIS; elsewhere than on Windows nobody asks."""
    import ctypes

    windows = getattr(ctypes, "windll", None)
    return windows is None or bool(windows.shell32.IsUserAnAdmin())


def _run(argv: Sequence[str]) -> Said:
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            # What tells this process to end must not end what it is just saying to IIS.
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{argv[0]} cannot be run: {error}.") from None
    # Programs of Windows speak in the console's own code page, and what is compared is ASCII but for names.
    return Said(done.returncode, done.stdout.decode(errors="replace"))


def _copied(step: Copy, machine: Machine) -> None:
    try:
        machine.copy(step.source.as_posix(), step.target.as_posix())
    except OSError as error:
        raise BenchError(f"{step.source} cannot be copied to {step.target}: {error.strerror}.") from None


def _await_end(pool: str, machine: Machine) -> None:
    for _ in range(round(_LONGEST_END / _LOOK_AGAIN)):
        if not workers(pool, machine):
            return
        machine.pause(_LOOK_AGAIN)
    for pid in workers(pool, machine):
        machine.kill(pid)


def _difference(site: Site, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """What there is of ours yet, or the first line that one of two listings has more often; '' where all is well."""
    ours = [line for line in after if site.name in line or str(site.script) in line]
    theirs = [Counter(line for line in lines if not _OURS.search(line)) for lines in (before, after)]
    more, less = theirs[1] - theirs[0], theirs[0] - theirs[1]
    left = [f"there is now {line}" for line in (*ours, *more)] + [f"there is no longer {line}" for line in less]
    return next(iter(left), "")
