"""Cold start as an experiment of its own: rows are launched again and again, in random order, and asked their first.

Every launch looks for compiled code in one place alone, PYTHONPYCACHEPREFIX: a folder that was filled by a launch of
the row that is not counted, or one that is empty. So what lies about elsewhere makes no difference. Modules that are
frozen into the interpreter are compiled in both.

The first visitor of a site of IIS comes some seconds after it is up: one who came at once would find nothing of what
IIS starts by itself. Others are asked from their launch on.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import launch, probe
from bench.errors import BenchError
from bench.model import Seconds, Server, Settings
from bench.processes import adoption, pauses
from bench.rows.catalog import Catalog
from bench.system import meter

WAKINGS = {
    "ondemand": "",
    "running": " --waking running",
    "preload": " --waking preload",
    "initialised": " --waking initialised",
    "asking": " --waking running --ask",
}
"""Ways of IIS to start workers before the first visitor comes, as options of `bench.iis`."""
_KEEPER = "-m bench.iis "
_LONGEST: Seconds = 180.0
"""To the first answer, whatever a row's deadline is: starts of tens of seconds are what is looked for."""
_LOOK_AGAIN: Seconds = 0.05
_ASKED_OF_EACH = 16
"""Questions for each worker that is looked for: the kernel hands connections out as it likes."""


@dataclass(frozen=True)
class Start:
    """One launch: seconds to the first right answer, the first bytes of the first requests, and who was there before.

    `workers` are the first bytes of the first /pid of each worker that showed itself, in that order; the first of them
    may have answered before. `processes` are those of the row when it was asked for the first time, their warden left
    out.
    """

    row: str
    compiled: bool
    ready: Seconds | None = None
    first: Seconds | None = None
    second: Seconds | None = None
    workers: tuple[Seconds, ...] = ()
    processes: int | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Experiment:
    """What is launched how often: rows in each of the ways they can wake, with compiled code and without."""

    catalog: Catalog
    servers: tuple[Server, ...]
    settings: Settings
    launches: int
    folder: Path
    seed: int
    compiled: tuple[bool, ...] = (True, False)
    cores: tuple[int, ...] | None = None
    calm: Seconds = 5.0


def carry_out(experiment: Experiment, tell: Callable[[str], object] = lambda line: None) -> Iterator[Start]:
    """Launch all in random order, each as often as the others; a failure costs its launch alone."""
    rows = [row for server in experiment.servers for row in awakened(server)]
    for row in rows:
        # Fills the folder with what it compiles, and the system's memory with its files.
        _start(experiment, row, True, 0)
    draw = random.Random(experiment.seed)
    for number in range(experiment.launches):
        turn = [(row, compiled) for row in rows for compiled in experiment.compiled]
        draw.shuffle(turn)
        for row, compiled in turn:
            tell(f"launch {number + 1} of {experiment.launches}: {row.name}")
            yield _start(experiment, row, compiled, draw.randrange(2**32))


def awakened(server: Server) -> list[Server]:
    """The row as it is; one of IIS, in each way to wake."""
    if not _is_kept(server):
        return [server]
    return [
        replace(server, name=f"{server.name}, {name}", run=tuple(command + option for command in server.run))
        for name, option in WAKINGS.items()
    ]


def _start(experiment: Experiment, row: Server, compiled: bool, seed: int) -> Start:
    start, paused = Start(row.name, compiled), pauses.count()
    counts: list[int] = []
    calm = experiment.calm if _is_kept(row) else 0.0

    def look(warden: int) -> None:
        if calm and not counts:
            _await_site(warden)
            time.sleep(calm)
        counts.append(sum(1 for _ in meter.tree(warden)) - 1)

    server = _looking_in(row, experiment.folder / ("compiled" if compiled else "empty"), compiled)
    try:
        with launch.serving(
            experiment.catalog,
            server,
            experiment.settings,
            log=experiment.folder / "log",
            cores=experiment.cores,
            seed=seed,
            deadline=max(row.deadline, _LONGEST) + calm,
            before=look,
        ) as up:
            start = replace(
                start, ready=up.ready - calm, first=up.first_byte[0], second=up.first_byte[1], processes=counts[-1]
            )
            if "/pid" not in row.lacks:
                told = experiment.catalog.told(row, experiment.settings)
                start = replace(start, workers=tuple(_first_of_each(up.target.url, told.workers)))
    except (BenchError, OSError) as error:
        return replace(start, failure=str(error))
    return start if pauses.count() == paused else replace(start, failure=pauses.SENTENCE)


def _is_kept(server: Server) -> bool:
    return any(_KEEPER in command for command in server.run)


def _await_site(warden: int) -> None:
    """Until the keeper of a site says that it is up, or is no more."""
    limit = time.monotonic() + _LONGEST
    while time.monotonic() < limit:
        members = [*meter.tree(warden)]
        if len(members) < 2 or any(map(adoption.has_spoken, members)):
            return
        time.sleep(_LOOK_AGAIN)


def _looking_in(server: Server, folder: Path, compiled: bool) -> Server:
    """The row with compiled code in one folder alone, which is written to only where there may be some."""
    folder.mkdir(exist_ok=True)
    # Workers may run as nobody.
    folder.chmod(0o777 if compiled else 0o755)
    told = {"PYTHONPYCACHEPREFIX": str(folder), "PYTHONDONTWRITEBYTECODE": "" if compiled else "1"}
    return replace(server, environment={**server.environment, **told})


def _first_of_each(url: str, expected: int) -> Iterator[Seconds]:
    seen: set[bytes] = set()
    for _ in range(_ASKED_OF_EACH * expected):
        answer = probe.answers(f"{url}/pid")
        if answer.body not in seen:
            seen.add(answer.body)
            yield answer.first_byte
        if len(seen) >= expected:
            return


def slowest(starts: Sequence[Start]) -> list[Seconds]:
    """Of each launch, the slowest first answer of a worker."""
    return [max(start.workers) for start in starts if start.workers]
