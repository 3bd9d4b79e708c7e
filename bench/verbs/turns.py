"""The turn of a command that measures: waited for, said on standard error, or refused with --no-wait."""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.running import preflight
from bench.system import turn
from bench.system.turn import Holder
from bench.verbs import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-wait",
        action="store_true",
        help="refuse where another harness is measuring on this machine, instead of waiting until it has ended",
    )


@contextmanager
def taken(arguments: argparse.Namespace) -> Iterator[None]:
    """Have this machine's turn for the length of a block: nobody else's measurement runs meanwhile, nor ours in theirs.

    Raises BenchError where it is another's and the command line says not to wait, or where nothing can be reached.
    """
    preflight.loopback()
    waiting = _Waiting()
    mine = turn.taken(f"bench {arguments.verb}", wait=not arguments.no_wait, still=waiting.still)
    with ExitStack() as stack:
        try:
            stack.enter_context(mine)
        finally:
            waiting.over()
        yield


class _Waiting:
    """On a terminal one line that is kept up to date, elsewhere a line for each harness that is waited for."""

    def __init__(self) -> None:
        self._began, self._said = time.monotonic(), ""
        self._live = sys.stderr.isatty()

    def still(self, by: Holder | None) -> None:
        sentence = f"{turn.told(by)}; waiting for its end"
        if self._live:
            seconds = time.monotonic() - self._began
            line = f"waiting {seconds:.0f} s: {turn.told(by)}"[: shutil.get_terminal_size().columns - 1]
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif sentence != self._said:
            options.tell(f"{sentence} (--no-wait refuses instead)")
        self._said = sentence

    def over(self) -> None:
        if self._live and self._said:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
