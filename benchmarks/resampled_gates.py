"""Gates played again with rounds that were measured: what they would have answered, had these rounds come otherwise."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from bench import decision, gate
from bench.aim import Aim, Decision
from bench.contest import Build, Entry, Round
from bench.pairing import sides
from bench.window import Window


def concluded(aim: Aim, conduct: Callable[[], Round]) -> Decision:
    """Rounds as they are asked for, until there is an answer."""
    sets: dict[decision.Step, list[Round]] = {"first": [], "second": []}
    while not isinstance(step := decision.next_step(sets["first"], sets["second"], aim), Decision):
        sets[step].append(conduct())
    return step


def condensed(measured: Round) -> Round:
    """The same with one slice for each launch, which costs what all of its own come to: what a gate decides by.

    What rare responses cost is lost with the others, so that no resampled gate is left undecided for them.
    """
    head, base = map(iter, sides(measured, "cpu"))
    levels = [next(head if entry.build == "head" else base) for entry in measured.entries]
    entries = zip(measured.entries, levels, strict=True)
    return replace(measured, entries=tuple(replace(entry, slices=single(entry, level)) for entry, level in entries))


def single(entry: Entry, level: float) -> Window | None:
    if not entry.slices or not entry.slices.slices:
        return entry.slices
    whole = replace(entry.slices.slices, wall=(1.0,), responses=(1,), server_cpu=(math.exp(level),))
    return replace(entry.slices, slices=whole)


def resampled(rounds: Sequence[Round], aim: Aim, gates: int, added: float | None = None) -> list[Decision]:
    """So many gates from rounds drawn with replacement.

    With `added` they are of identical code: who is head is drawn anew as well, and costs so much more, as a share.
    """
    draw, pool = Random(1), [condensed(each) for each in rounds if each.whole]

    def conduct() -> Round:
        measured = draw.choice(pool)
        if added is None:
            return measured
        builds = draw.sample(gate.LAUNCHES, len(gate.LAUNCHES))
        entries = zip(measured.entries, builds, strict=True)
        return replace(measured, entries=tuple(as_if(entry, build, added) for entry, build in entries))

    return [concluded(aim, conduct) for _ in range(gates)]


def as_if(entry: Entry, build: Build, added: float) -> Entry:
    """A condensed entry under another name; head costs so much more."""
    dearer = added if build == "head" else 0.0
    (cost,) = (entry.slices.slices.server_cpu or ()) if entry.slices and entry.slices.slices else ()
    return replace(entry, build=build, slices=single(entry, math.log(cost) + math.log1p(dearer)))
