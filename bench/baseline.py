"""What rows cost another time, and whether they cost more now: both in terms of yardsticks measured beside them.

The first yardstick is the bare app of the same interface under the same server. What makes both slower or faster, be it
the machine or the server, is divided out. The second is a loop that only computes. An app does more computing for each
call to the kernel than the bare one and less than the loop, so what the machine does to it lies between what it does to
these two: as far as they have moved apart from one session to another, the intervals are wider.
"""

import json
import math
import statistics
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import msgspec

from bench.aim import ALARMS, POWER, Aim, Decision, Word
from bench.errors import JournalError, shown
from bench.intake import content
from bench.judgement import Estimate
from bench.model import Machine
from bench.stats import student

KIND, FORMAT = "deploybench baseline", 1
ROUNDS = 10
_REFUSED = ("system", "architecture", "processor", "python")
_WIDENING = ("cores", "governor", "turbo", "cpu_quota", "memory_limit", "release")
_MOST = 16 << 20
_FARTHEST = 20.0
"""A logarithm: half a thousand million times the yardstick."""
_SESSION, _ELSEWHERE = 0.01, 0.03
"""How much a ratio to the yardstick scatters from session to session (standard deviation): here, on another machine."""

_ROUND = 0.014
"""How much a round's ratio scatters where nothing disturbs it."""


@dataclass(frozen=True)
class Row:
    """Logarithms, one a round: a row's cost relative to the bare app's, and the bare app's in turns of the loop."""

    ratios: tuple[float, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    turns: tuple[float, ...] = ()
    """Baselines of old have none."""


@dataclass(frozen=True)
class Baseline:
    """A file: where it was measured, of which app, and what each row cost."""

    kind: str
    format: int
    saved: str
    version: str
    machine: Machine
    app: str
    metric: str
    rows: Mapping[str, Row]
    check: str | None = None
    """The CRC-32 of all else; baselines of old have none."""


def save(path: Path, baseline: Baseline) -> None:
    """Write a baseline; an empty one would find nothing slower ever again, and is refused."""
    if not baseline.rows or any(len(row.ratios) < 2 for row in baseline.rows.values()):
        raise JournalError(f"{path} is not written: there is nothing in this baseline to compare with.")
    try:
        said = msgspec.to_builtins(baseline)
        said["check"] = _checksum(said)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n")
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}.") from None


def read(path: Path) -> Baseline:
    """Raises JournalError for what is no baseline, one of another format, or an empty one."""
    try:
        said = msgspec.json.decode(content(path, _MOST))
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}. `bench gate --save` makes a baseline.") from None
    except (ValueError, RecursionError) as error:
        raise JournalError(f"{path} is no baseline: {error}.") from None
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise JournalError(f"{path} is no baseline of `bench gate --save`.")
    if said.get("format") != FORMAT:
        raise JournalError(f"{path} has format {said.get('format')}, this deploybench reads {FORMAT}: save it anew.")
    try:
        found = msgspec.convert(said, Baseline)
    except ValueError as error:
        raise JournalError(f"{path} is damaged: {error}. Save it anew.") from None
    if not found.rows or any(len(row.ratios) < 2 for row in found.rows.values()):
        raise JournalError(f"{path} is empty: there is nothing to compare with. Save it anew.")
    if told := _damage(found, said):
        raise JournalError(f"{path} is damaged: {told}. Save it anew.")
    return replace(found, check=None)


def session_scatter(then: Machine, now: Machine, name: str = "the baseline") -> tuple[float, tuple[str, ...]]:
    """How far apart two sessions may be, and what differs. Raises JournalError for machines that cannot be compared."""
    if other := _differing(then, now, _REFUSED):
        raise JournalError(f"{name} is of another machine ({'; '.join(other)}): save one here, or use --base.")
    other = _differing(then, now, _WIDENING)
    return (_ELSEWHERE if other else _SESSION), tuple(other)


def drift(then: Row, now: Row) -> float | None:
    """How far the two yardsticks have moved apart, as a logarithm; None where a baseline of old has only one."""
    if not then.turns or not now.turns:
        return None
    return statistics.median(now.turns) - statistics.median(then.turns)


def compared(then: Row, now: Row, scatter: float, aim: Aim, sets: int) -> Decision:
    """The answer for one row from its rounds of now; `sets` counts how often an alarm was confirmed by new rounds."""
    step = statistics.fmean(now.ratios) - statistics.fmean(then.ratios)
    squares = [statistics.variance(each) / len(each) for each in (then.ratios, now.ratios)]
    # Anywhere between the yardsticks is as likely: the scatter of a uniform law.
    error = math.sqrt(sum(squares) + scatter**2 + (drift(then, now) or 0.0) ** 2 / 3)
    freedom = min(len(then.ratios), len(now.ratios)) - 1
    threshold = student(1 - ALARMS / aim.contests, freedom)
    reach, margin = student(0.975, freedom) * error, math.log1p(aim.margin)
    effect = Estimate(_times(step), _times(step - reach), _times(step + reach))
    least = _times((threshold + student(POWER, freedom)) * error) - 1
    # What a quiet session can tell: noise beyond that makes the answer undecided, never a larger slowdown pass.
    quiet = _times((threshold + student(POWER, freedom)) * math.hypot(scatter, _ROUND * math.sqrt(2 / ROUNDS))) - 1
    limit = math.exp(margin) * (1 + max(aim.detect, quiet))
    word: Word = "undecided"
    reason = f"a slowdown of {limit - 1:.1%} can be neither shown nor ruled out"
    if step - margin > threshold * error:
        word, reason = "slower", f"it is slower than the baseline in {'two sets' if sets > 1 else 'a set'} of rounds"
    elif (effect.high or math.inf) < limit:
        word, reason = "not slower", f"a slowdown of {limit - 1:.1%} or more is ruled out"
    return Decision(word, aim.metric, (reason,), effect, aim.margin + least, len(now.ratios))


def vanished(name: str, reason: str, metric: str) -> Decision:
    """A row that is measured no more is a regression."""
    return Decision("slower", metric, (f"{name} is in the baseline but cannot be measured now: {reason}",))


def _times(logarithm: float) -> float:
    """The ratio; few rounds that scatter may tell as good as nothing, and beyond so much it does not matter what."""
    return math.exp(min(logarithm, 2 * _FARTHEST))


def _damage(found: Baseline, said: Mapping[str, object]) -> str | None:
    """Why it cannot be what a gate has saved."""
    if found.check is not None and found.check != _checksum(said):
        return "it says something else than was saved"
    for name, row in found.rows.items():
        if not all(abs(ratio) < _FARTHEST for ratio in (*row.ratios, *row.turns)):
            return f"{shown(name)} has ratios that cannot be measured"
    return None


def _checksum(said: Mapping[str, object]) -> str:
    told = {key: value for key, value in said.items() if key != "check"}
    return f"{zlib.crc32(json.dumps(told, sort_keys=True).encode()):08x}"


def _differing(then: Machine, now: Machine, names: Iterable[str]) -> list[str]:
    known = {each.name for each in fields(Machine)}
    pairs = ((name, _plain(name, then), _plain(name, now)) for name in names if name in known)
    return [f"{name} was {before}, is {after}" for name, before, after in pairs if before != after]


def _plain(name: str, machine: Machine) -> object:
    value = getattr(machine, name)
    # Patch releases of Python cost the same.
    return value.rpartition(".")[0] if name == "python" else value
