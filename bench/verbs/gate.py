"""`bench gate`: is head slower than base? Answers with 0 (no), 1 (yes), 2 (wrong question) or 3 (undecided)."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

from bench import baseline
from bench.aim import Decision
from bench.errors import ConfigurationError
from bench.pairing import METRICS
from bench.verbs import forms, options, turns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--base", metavar="B", help="a commit, a folder, or a version such as gunicorn==22.0.0")
    add("--baseline", type=Path, metavar="FILE", help="compare with what was saved another time")
    add("--save", type=Path, metavar="FILE", help="measure a baseline for later")
    add("--instructions", action="store_true", help="count a request's instructions in user space, by Valgrind")
    add("--head", metavar="B", default=".", help="what is compared with it (default: the folder we are in)")
    add("--server", action="append", metavar="ROW", help="the row it is served by; may be repeated (default: gunicorn)")
    add(
        "--metric",
        choices=METRICS,
        default="cpu",
        help="CPU of a usual response, total CPU of all, wall time, or p99 (default: cpu)",
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
    turns.add_arguments(parser)
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

    check(arguments)
    if arguments.save:
        found = forms.saved(arguments)
        baseline.save(arguments.save, found)
        options.tell(f"{arguments.save} has {', '.join(found.rows)}")
        return 0
    form = forms.against_baseline if arguments.baseline else forms.counted if arguments.instructions else forms.compared
    answers = form(arguments)
    written(arguments, answers)
    return EXIT[worst(answers).word]


def check(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be asked at once."""
    asked = [f"--{name}" for name in ("base", "baseline", "save") if getattr(arguments, name)]
    if len(asked) != 1:
        said = f"{' and '.join(asked)} cannot go together" if asked else "there is nothing to compare with"
        raise ConfigurationError(f"{said}: name --base, or --baseline, or --save a baseline.")
    if arguments.instructions and not arguments.base:
        raise ConfigurationError("--instructions compares two builds: name --base.")
    if arguments.metric == "p99" and not arguments.base:
        raise ConfigurationError("a baseline has no p99: use --metric cpu, total or time, or --base.")


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
