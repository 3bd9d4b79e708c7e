"""The command line: which verb, which options, and how each ends; every verb's own work is in `bench/verbs/`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import NoReturn

from bench import __version__, interrupts, voice
from bench.errors import BenchError, did_you_mean, shown
from bench.processes import pauses
from bench.system import shortage

VERBS = {
    "list": "which rows exist, which can run here, and what would make the others run",
    "check": "start, verify and stop rows, without load",
    "run": "measure rows and write a report",
    "load": "the load driver alone, against any URL of this machine",
    "export": "a row's configuration for your app, ready to deploy: commands, files, systemd units, IIS scripts",
    "cold": "cold start: launch to first right answer, first requests of each worker, with and without compiled code",
    "report": "write the report of a run again, from its records alone",
    "doctor": "is this machine fit to measure, and what to change",
    "verify": "derive everything anew from what a run has stored, and say what is not the same",
    "compare": "two runs or two rows beside each other, each ratio with its interval",
    "gate": "is head slower than base? 0 no, 1 yes, 3 undecided; commits, folders, or versions of a server",
    "site": "a folder of runs as a static site: index, reports, comparisons, histories",
    "history": "where the figures of rows changed over many stored runs, and between which commits",
}

STARTING = {"check", "cold", "doctor", "gate", "load", "run", "verify"}
"""Those that start processes, or need room for files."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence with a way out."""

    def error(self, message: str) -> NoReturn:
        raise BenchError(f"{message}. Try '{self.prog} --help'.")

    def _check_value(self, action: argparse.Action, value: str) -> None:
        if action.dest == "verb" and value not in VERBS:
            raise BenchError(f"there is no command '{value}'.{did_you_mean(value, VERBS)} Try '{self.prog} --help'.")
        super()._check_value(action, value)


class _Verbs(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Sub-commands whose options are looked up only for the one that is called, so that help comes at once."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:  # type: ignore[no-untyped-def]
        name = values[0]
        _furnish(name, self.choices[name])
        super().__call__(parser, namespace, values, option_string)


def build_parser(complete: bool = False) -> argparse.ArgumentParser:
    """The parser of the whole command line; complete, with the options of every verb, for the reference in docs/."""
    parser = _Parser(prog="bench", description="Which server should my Python web app run on?", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"deploybench {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True, action=_Verbs, parser_class=_Parser)
    for name, line in VERBS.items():
        verb = verbs.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.", allow_abbrev=False)
        if complete:
            _furnish(name, verb)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 yes, 1 the answer is no, 2 the question was wrong, 3 undecided."""
    interrupts.heed()
    pauses.notice()
    with voice.sure():
        return _carried_out(arguments)


def _carried_out(arguments: Sequence[str] | None) -> int:
    try:
        chosen = build_parser().parse_args(arguments)
        execute = _verb(chosen.verb)
        with _caretaker(chosen.verb):
            return execute(chosen)
    except BenchError as error:
        print(f"bench: {shown(str(error), 1500)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more may be written while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (OSError, RuntimeError) as error:
        lacking = shortage.told(error)
        if lacking is None:
            raise
        print(f"bench: {lacking}.", file=sys.stderr)
        return 2


def _caretaker(verb: str) -> AbstractContextManager[None]:
    """What sees to all that is started, for those commands that start something."""
    if verb not in STARTING:
        return nullcontext()
    from bench.processes import caretaker

    return caretaker.present()


def _furnish(name: str, parser: argparse.ArgumentParser) -> None:
    import_module(f"bench.verbs.{name}").add_arguments(parser)


def _verb(name: str) -> Callable[[argparse.Namespace], int]:
    execute: Callable[[argparse.Namespace], int] = import_module(f"bench.verbs.{name}").execute
    return execute
