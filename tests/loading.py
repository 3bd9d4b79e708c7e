"""`bench load` as a user starts it, with a script in the place of a load program, and what it leaves behind."""

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil
from waiting import LONGEST

IMPATIENT = """
import sys
import bench.drivers
from bench.cli import main
patience = float(sys.argv.pop())
for module in ("tool", "remote"):
    sys.modules[f"bench.drivers.{module}"]._SLACK = patience
sys.exit(main())
"""
"""The command line; only that drivers are waited for less long."""


@dataclass(frozen=True)
class Harness:
    """A `bench load` that runs."""

    process: "subprocess.Popen[str]"

    def sentence(self) -> str:
        """Its only words, which are why there is nothing to tell."""
        out, words = self.process.communicate(timeout=LONGEST)
        assert (self.process.returncode, out) == (2, ""), words
        (line,) = words.splitlines()
        return str(line)

    def answer(self, code: int = 0) -> str:
        """What it printed."""
        out, words = self.process.communicate(timeout=LONGEST)
        assert self.process.returncode == code, words
        assert "Traceback" not in words
        return str(out)

    def descendants(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []


class Start(Protocol):
    def __call__(
        self, script: str | None, url: str, *more: object, name: str = "wrk", patience: float = 30.0
    ) -> Harness: ...


def load(
    folder: Path, script: str | None, url: str, *more: object, name: str = "wrk", patience: float = 30.0
) -> Harness:
    """Half a second of load by a script, which has a folder to itself; without one by what needs no program.

    `patience` is how many seconds a driver may take beyond what it was told.
    """
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (folder / "scratch").mkdir(exist_ok=True)
    if script is not None:
        (programs / name).write_text(f"{'' if script == '#' else '#!/bin/sh'}\n{script}\n")
        (programs / name).chmod(0o755)
    path = os.defpath if script is not None else ""
    environment = {**os.environ, "PATH": f"{programs}:{path}", "TMPDIR": str(folder / "scratch")}
    asked = ["load", url, "--driver", name, "--connections", 4, "--duration", 0.5, "--timeout", 0.5, *more]
    argv = [sys.executable, "-c", IMPATIENT, *map(str, asked), str(patience)]
    pipe = subprocess.PIPE
    return Harness(subprocess.Popen(argv, env=environment, stdout=pipe, stderr=pipe, text=True))


def left(folder: Path) -> list[str]:
    """Scratch folders in it that are still there, and processes that have one for their home."""
    return [*map(str, (folder / "scratch").iterdir()), *map(" ".join, _at_home(str(folder / "scratch")))]


def _at_home(folder: str) -> Iterable[list[str]]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("HOME", "").startswith(folder):
                yield process.cmdline()
