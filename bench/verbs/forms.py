"""The three forms of a gate: builds side by side, a stored baseline, and instructions; each gives an answer per row."""

import argparse
import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

from bench import __version__, baseline, decision, exactly, gate, instructions, yardstick
from bench.aim import Aim, Decision
from bench.baseline import Baseline, Row
from bench.contest import Round
from bench.errors import BenchError, ConfigurationError, ServerError
from bench.gate import Pace, Side
from bench.model import App
from bench.pairing import alone, log_ratio
from bench.rows import builds, interpreter
from bench.rows.catalog import Catalog, load_catalog
from bench.system import machine
from bench.verbs import options, turns

_TOLD = 4
"""Progress is told after so many rounds."""
_YARDSTICKS = {"wsgi": "wsgi-bare", "asgi": "asgi"}


def compared(arguments: argparse.Namespace) -> dict[str, Decision]:
    """Base and head side by side, under each row."""
    aim = aimed(arguments)
    decision.affordable(Pace().load_time, aim)
    names = [arguments.base, arguments.head]
    with _prepared(arguments, rows(arguments), names) as contests:
        aim = replace(aim, contests=len(contests))
        return {name: _decided(arguments, name, sides, aim) for name, sides in contests.items()}


def counted(arguments: argparse.Namespace) -> dict[str, Decision]:
    """Base and head by the instructions of a request, under each row."""
    instructions.available()
    with _prepared(arguments, rows(arguments), [arguments.base, arguments.head]) as contests, turns.taken(arguments):
        return {name: _counts(name, sides, arguments.margin) for name, sides in contests.items()}


def against_baseline(arguments: argparse.Namespace) -> dict[str, Decision]:
    """Head against what was stored, row by row; a row that cannot be measured any more is a regression."""
    then = baseline.read(arguments.baseline)
    if then.metric != arguments.metric or then.app != _app(arguments):
        told = f"of the metric '{then.metric}' and the app '{then.app}'"
        raise ConfigurationError(f"{arguments.baseline} is {told}: compare the same, or save another one.")
    scatter, differences = baseline.session_scatter(then.machine, machine.probe(), str(arguments.baseline))
    # A table that is wrong is no row that vanished.
    load_catalog(arguments.servers)
    if absent := [name for name in arguments.server or () if name not in then.rows]:
        raise ConfigurationError(f"{arguments.baseline} has no row {', '.join(absent)}: it has {', '.join(then.rows)}.")
    aim = aimed(arguments, len(then.rows))
    with turns.taken(arguments):
        answers = {
            name: _standing(arguments, name, row, scatter, aim)
            for name, row in then.rows.items()
            if not arguments.server or name in arguments.server
        }
    return {name: replace(answer, notes=(*answer.notes, *differences)) for name, answer in answers.items()}


def saved(arguments: argparse.Namespace) -> Baseline:
    """What rows cost now, in terms of the yardstick."""
    found = {}
    for name in rows(arguments):
        with _prepared(arguments, [name], [arguments.head]) as contests, turns.taken(arguments):
            ((server, (side,)),) = contests.items()
            found[server] = _relative(side, arguments)
    return Baseline(
        kind=baseline.KIND,
        format=baseline.FORMAT,
        saved=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        machine=machine.probe(),
        app=_app(arguments),
        metric=arguments.metric,
        rows=found,
    )


def aimed(arguments: argparse.Namespace, contests: int = 1) -> Aim:
    """What is asked of each contest."""
    if not arguments.detect:
        raise ConfigurationError("--detect 0 can never be met: name the smallest slowdown that matters, such as 1%.")
    return Aim(arguments.metric, arguments.margin, arguments.detect, arguments.max_time, contests)


def rows(arguments: argparse.Namespace) -> list[str]:
    return arguments.server or ["gunicorn"]


def _prepared(
    arguments: argparse.Namespace, names: Sequence[str], sides: Sequence[str]
) -> AbstractContextManager[dict[str, list[Side]]]:
    known: Catalog = replace(load_catalog(arguments.servers), insisted=frozenset({"workers", "threads"}))
    return builds.prepared(known, names, sides, options.own_app(arguments), arguments.python, options.tell)


def _decided(arguments: argparse.Namespace, name: str, sides: list[Side], aim: Aim) -> Decision:
    """Rounds as they are asked for, until there is an answer."""
    base, head = sides
    rounds: dict[decision.Step, list[Round]] = {"first": [], "second": []}
    with turns.taken(arguments), gate.arena(base, head, _seed(arguments), Pace()) as arena:
        while not isinstance(step := decision.next_step(rounds["first"], rounds["second"], aim), Decision):
            rounds[step].append(arena.conduct())
            if len(rounds[step]) % _TOLD == 0:
                why = "" if step == "first" else " to confirm an alarm"
                options.tell(f"{name}: {len(rounds[step])} rounds{why}")
    return replace(step, notes=gate.differences(base, head))


def _counts(name: str, sides: list[Side], margin: float) -> Decision:
    found: list[list[float]] = [[], []]
    for number in range(exactly.REPEATS):
        for side, counts in zip(sides, found, strict=True):
            counts.append(instructions.per_request(side))
        options.tell(f"{name}: counted {number + 1} of {exactly.REPEATS} times")
    answer = exactly.by_counts(found[0], found[1], margin)
    return replace(answer, notes=(*answer.notes, *gate.differences(*sides)))


def _standing(arguments: argparse.Namespace, name: str, row: Row, scatter: float, aim: Aim) -> Decision:
    """How a row stands against then; one that cannot be measured any more has vanished."""
    try:
        return _against(arguments, name, row, scatter, aim)
    except BenchError as error:
        return baseline.vanished(name, str(error), aim.metric)


def _against(arguments: argparse.Namespace, name: str, row: Row, scatter: float, aim: Aim) -> Decision:
    """Rounds of now against those of then; an alarm is confirmed by as many more before it counts."""
    with _prepared(arguments, [name], [arguments.head]) as contests:
        ((_, (side,)),) = contests.items()
        now = _relative(side, arguments)
        answer = baseline.compared(row, now, scatter, aim, 1)
        if answer.word == "slower":
            now = _relative(side, arguments)
            answer = baseline.compared(row, now, scatter, aim, 2)
    moved = baseline.drift(row, now)
    apart = () if moved is None else (f"the bare app costs {math.expm1(moved):+.1%} beside a loop that only computes",)
    return replace(answer, notes=(*apart, *gate.changes(row.versions, now.versions)))


def _relative(side: Side, arguments: argparse.Namespace) -> Row:
    """What a row costs in terms of the yardsticks, round by round; errors are told, not measured."""
    catalog, interface = side.catalog, side.server.serves
    if interface not in _YARDSTICKS:
        raise ConfigurationError(f"there is no yardstick for what serves {interface}: use --base instead.")
    bare = App(interface, load_catalog().apps[_YARDSTICKS[interface]].target)
    plain = Side(replace(catalog, apps={**catalog.apps, interface: bare}), side.server)
    with gate.arena(plain, side, _seed(arguments), replace(Pace(), steady=0)) as arena:
        rounds = [(arena.conduct(), yardstick.computed(arena.cores)) for _ in range(baseline.ROUNDS)]
    if answer := decision.by_errors([each for each, _ in rounds], aimed(arguments)):
        raise ServerError(f"{side.server.name} cannot be measured: {'; '.join(answer.reasons)}.")
    whole = [(each, turn) for each, turn in rounds if each.whole]
    return Row(
        tuple(log_ratio(each, arguments.metric) for each, _ in whole),
        interpreter.of(side.server.python).versions,
        tuple(alone(each, "base", arguments.metric) - math.log(turn) for each, turn in whole),
    )


def _app(arguments: argparse.Namespace) -> str:
    return f"{arguments.app or builds.OWN.target} {arguments.path}"


def _seed(arguments: argparse.Namespace) -> int:
    seed: int = arguments.seed if arguments.seed is not None else time.time_ns() % 2**32
    return seed
