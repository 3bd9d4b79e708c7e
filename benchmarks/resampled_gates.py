"""Gates played again with rounds that were measured: what they would have answered, had these rounds come otherwise."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from bench import decision, gate
from bench.aim import Aim, Decision
from bench.contest import OTHER, Build, Entry, Round
from bench.pairing import levels
from bench.window import Window


def concluded(aim: Aim, conduct: Callable[[], Round]) -> Decision:
    """Rounds as they are asked for, until there is an answer."""
    sets: dict[decision.Step, list[Round]] = {"first": [], "second": []}
    while not isinstance(step := decision.next_step(sets["first"], sets["second"], aim), Decision):
        sets[step].append(conduct())
    return step


def resampled(rounds: Sequence[Round], aim: Aim, gates: int, added: float | None = None) -> list[Decision]:
    """So many gates from rounds drawn with replacement.

    With `added` they are of identical code: who is head is drawn anew as well, and costs so much more, as a share.
    """
    draw = Random(1)
    pool = [(each, levels(each.there, "cpu"), levels(each.back, "cpu")) for each in rounds if each.whole]

    def conduct() -> Round:
        measured, there, back = draw.choice(pool)
        if added is None:
            return condensed(measured, [entry.build for entry in measured.there], there, back)
        builds = draw.sample(gate.LAUNCHES, len(gate.LAUNCHES))
        dearer = {"head": math.log1p(added), "base": 0.0}
        there = [cost + dearer[build] for cost, build in zip(there, builds, strict=True)]
        back = [cost + dearer[OTHER[build]] for cost, build in zip(back, builds, strict=True)]
        return condensed(measured, builds, there, back)

    return [concluded(aim, conduct) for _ in range(gates)]


def condensed(measured: Round, builds: Sequence[Build], there: Sequence[float], back: Sequence[float]) -> Round:
    """The same with one slice for each launch, under these names and at these costs.

    What rare responses cost is lost with the others, so that no resampled gate is left undecided for them.
    """
    others = [OTHER[build] for build in builds]
    return replace(measured, there=named(measured.there, builds, there), back=named(measured.back, others, back))


def named(heat: Sequence[Entry], builds: Sequence[Build], costs: Sequence[float]) -> tuple[Entry, ...]:
    entries = zip(heat, builds, costs, strict=True)
    return tuple(replace(one, build=build, slices=single(one, cost)) for one, build, cost in entries)


def single(entry: Entry, cost: float) -> Window | None:
    if not entry.slices or not entry.slices.slices:
        return entry.slices
    whole = replace(entry.slices.slices, wall=(1.0,), responses=(1,), server_cpu=(math.exp(cost),))
    return replace(entry.slices, slices=whole)
