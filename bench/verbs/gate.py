"""`bench gate`: is head slower than base? Answers with 0 (no), 1 (yes), 2 (wrong question) or 3 (undecided)."""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench import builds, decision, gate
from bench.catalog import load_catalog
from bench.contest import Round
from bench.decision import Aim, Decision
from bench.errors import ConfigurationError
from bench.gate import Pace, Side
from bench.pairing import METRICS
from bench.verbs import options

_TOLD = 4
"""Progress is told after so many rounds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--base", metavar="B", help="a commit, a folder, or a version such as gunicorn==22.0.0")
    add("--head", metavar="B", default=".", help="what is compared with it (default: the folder we are in)")
    add("--server", action="append", metavar="ROW", help="the row it is served by; may be repeated (default: gunicorn)")
    add(
        "--metric",
        choices=METRICS,
        default="cpu",
        help="CPU or wall time per response, or p99 (default: cpu)",
    )
    add(
        "--margin",
        type=share,
        default=0.0,
        metavar="M",
        help="how much slower is allowed, such as 1%% (default: 0)",
    )
    add("--detect", type=share, default=0.02, metavar="D", help="the slowdown that must be found (default: 2%%)")
    add("--max-time", type=options.positive_number, default=180.0, metavar="S", help="seconds of load (default: 180)")
    add("--seed", type=int, metavar="N", help="repeat the random order of an earlier gate")
    options.add_app(parser)
    add("--servers", type=Path, metavar="FILE", help="a TOML file with rows of your own")
    add("--markdown", type=Path, metavar="FILE", help="write the answer as a comment for a pull request")
    add("--junit", type=Path, metavar="FILE", help="write the answer as JUnit XML")
    add("--action-benchmark", type=Path, metavar="FILE", help="write the figures for github-action-benchmark")
    options.add_json(parser)


def share(text: str) -> float:
    """A share as people write it: 2% or 0.02."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no share: write 2% or 0.02")
    return value


def execute(arguments: argparse.Namespace) -> int:
    from bench.report.gate import EXIT, worst

    if not arguments.base:
        raise ConfigurationError("there is nothing to compare with: name --base, a commit, a folder or a version.")
    answers = compared(arguments)
    written(arguments, answers)
    return EXIT[worst(answers).word]


def compared(arguments: argparse.Namespace) -> dict[str, Decision]:
    """Base and head side by side, under each row."""
    rows = arguments.server or ["gunicorn"]
    known = replace(load_catalog(arguments.servers), insisted=frozenset({"workers", "threads"}))
    names = [arguments.base, arguments.head]
    seed = arguments.seed if arguments.seed is not None else time.time_ns() % 2**32
    aim = aimed(arguments, 1)
    decision.affordable(Pace().load_time, aim)
    with builds.prepared(known, rows, names, options.own_app(arguments), arguments.python, options.tell) as contests:
        aim = replace(aim, contests=len(contests))
        return {name: _decided(name, sides, aim, seed) for name, sides in contests.items()}


def aimed(arguments: argparse.Namespace, contests: int) -> Aim:
    if not arguments.detect:
        raise ConfigurationError("--detect 0 can never be met: name the smallest slowdown that matters, such as 1%.")
    return Aim(arguments.metric, arguments.margin, arguments.detect, arguments.max_time, contests)


def _decided(name: str, sides: list[Side], aim: Aim, seed: int) -> Decision:
    """Rounds as they are asked for, until there is an answer."""
    base, head = sides
    rounds: dict[decision.Step, list[Round]] = {"first": [], "second": []}
    with gate.arena(base, head, seed, Pace()) as arena:
        while not isinstance(step := decision.next_step(rounds["first"], rounds["second"], aim), Decision):
            rounds[step].append(arena.conduct())
            if len(rounds[step]) % _TOLD == 0:
                why = "" if step == "first" else " to confirm an alarm"
                options.tell(f"{name}: {len(rounds[step])} rounds{why}")
    return replace(step, notes=gate.differences(base, head))


def written(arguments: argparse.Namespace, answers: dict[str, Decision]) -> None:
    """Print the answer, and write it wherever it was asked for."""
    from bench.report.gate import as_action_benchmark, as_junit, as_object
    from bench.report.gate_text import as_markdown, on_terminal

    comment = as_markdown(answers, arguments.base or str(arguments.baseline), arguments.head)
    texts: list[tuple[Path | None, Callable[[], str]]] = [
        (arguments.markdown, lambda: comment),
        (arguments.junit, lambda: as_junit(answers)),
        (arguments.action_benchmark, lambda: json.dumps(as_action_benchmark(answers), indent=2) + "\n"),
    ]
    for path, text in texts:
        if path:
            _save(path, text(), "w")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        _save(Path(summary), comment, "a")
    print(json.dumps(as_object(answers), indent=2) if arguments.json else on_terminal(answers), flush=True)


def _save(path: Path, text: str, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}.") from None
