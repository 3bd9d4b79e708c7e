"""Is head slower than base? Decided from rounds of launches, with an error rate that is known beforehand.

Two looks, no more. A first set of rounds raises an alarm or not; only a second, independent set can confirm it, so
that identical code is called slower as seldom as both err, each at the square root of the promised rate. How many
rounds a set has follows from how equal launches scatter, never from how base and head compare.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from bench.aim import Aim, Decision, Word
from bench.contest import Errors, Round, counted
from bench.errors import BenchError
from bench.judgement import Estimate
from bench.pairing import METRICS, Metric, contrasts, log_ratio, sides
from bench.stats import detectable, paired_ratio, relabelled, rounds_needed

PILOT = 6
"""Rounds after which a first set's length is settled."""
_CONTROL = 0.001
_TOLERATED_ERRORS = 0.001
_MOST_ROUNDS = 10_000
_PRUDENCE = 1.15
"""A pilot of few rounds may have been lucky: rounds are planned for a scatter larger by this."""

Step: TypeAlias = Literal["first", "second"]


def next_step(first: Sequence[Round], second: Sequence[Round], aim: Aim) -> Step | Decision:
    """What to do next: another round of a set, or nothing any more, for this is the answer.

    Raises BenchError for a metric that was not measured.
    """
    if answer := by_errors([*first, *second], aim):
        return answer
    measured = [round_ for round_ in first if round_.whole]
    if measured and not all(sides(measured[0], aim.metric)):
        raise BenchError(f"the metric '{aim.metric}' cannot be measured here: name another with --metric.")
    if len(measured) < PILOT:
        return _stretched(measured, aim) or "first"
    planned = _planned(measured[:PILOT], aim)
    if len(measured) < planned:
        return "first"
    alarms = [_alarm(measured[:planned], aim)]
    if alarms[0] > aim.alpha:
        # Head cannot be called slower any more, whatever follows.
        return "first" if _open(measured, aim) else _answer(measured, alarms, aim)
    measured = measured[:planned]
    confirming = [round_ for round_ in second if round_.whole]
    # The second set's length rests on the first alone, so nothing that it shows can stop it early.
    if len(confirming) < _planned(measured, aim):
        return "second"
    return _answer([*measured, *confirming], [*alarms, _alarm(confirming, aim)], aim)


def affordable(load_time: float, aim: Aim) -> None:
    """Refuse a time that does not suffice for a pilot and its confirmation; `load_time` is a round's, in seconds."""
    if aim.max_time < 2 * PILOT * load_time:
        least = math.ceil(2 * PILOT * load_time)
        raise BenchError(f"--max-time {aim.max_time:g} is too short: {2 * PILOT} rounds need {least} s of load.")


def scatter(rounds: Sequence[Round], metric: Metric) -> float:
    """The standard deviation of a round's log-ratio, from launches of the same build alone."""
    gaps = [gap for round_ in rounds for gap in contrasts(round_, metric)]
    return math.sqrt(math.fsum(gap * gap for gap in gaps) / (2 * len(gaps)))


def _planned(rounds: Sequence[Round], aim: Aim) -> int:
    """Rounds of one set: as many as the scatter asks for, and as the time allows."""
    spread = _PRUDENCE * scatter(rounds, aim.metric)
    wanted = rounds_needed(spread, aim.detect, alpha=aim.alpha, power=aim.power) or _MOST_ROUNDS
    return max(PILOT, min(wanted, int(aim.max_time / 2 / (_spent(rounds) / len(rounds)))))


def _stretched(rounds: Sequence[Round], aim: Aim) -> Decision | None:
    """The end of a gate whose rounds take so much longer than they were to that its time cannot suffice."""
    least = 2 * PILOT * _spent(rounds) / len(rounds) if rounds else 0.0
    if least <= aim.max_time:
        return None
    told = f"{2 * PILOT} rounds need {math.ceil(least)} s of load here: --max-time {aim.max_time:g} is too short"
    return Decision("undecided", aim.metric, (told,), rounds=len(rounds), load_time=_spent(rounds))


def _open(rounds: Sequence[Round], aim: Aim) -> bool:
    """Whether a slowdown that is to be found is not ruled out yet, though there is time for another round."""
    effect = paired_ratio([log_ratio(round_, aim.metric) for round_ in rounds])
    return not _bounded(effect, aim) and _spent(rounds) * (1 + 1 / len(rounds)) <= aim.max_time


def _bounded(effect: Estimate, aim: Aim) -> bool:
    return effect.high is not None and effect.high < 1 + aim.margin + aim.detect


def _alarm(rounds: Sequence[Round], aim: Aim) -> float:
    """The rate at which chance alone would make head exceed base and the margin as it does."""
    shift = math.log1p(aim.margin)
    pairs = [sides(round_, aim.metric) for round_ in rounds]
    return relabelled([([value - shift for value in head], base) for head, base in pairs])


def _answer(rounds: Sequence[Round], alarms: Sequence[float], aim: Aim) -> Decision:
    """Put the looks together; an alarm that was not confirmed is none, and the interval speaks."""
    effect = paired_ratio([log_ratio(round_, aim.metric) for round_ in rounds])
    control, each = _control(rounds, aim), len(rounds) // len(alarms)
    least = detectable(scatter(rounds, aim.metric), each, alpha=aim.alpha, power=aim.power)
    confirmed = len(alarms) == 2 and alarms[1] <= aim.alpha
    word, reason = _worded(effect, confirmed, control, len(alarms), aim)
    if word == "not slower" and (rare := _rare(rounds, aim)):
        word, reason = "undecided", rare
    return Decision(
        word=word,
        metric=aim.metric,
        reasons=(reason,),
        effect=effect,
        detectable=aim.margin + least if least is not None else None,
        rounds=len(rounds),
        load_time=_spent(rounds),
        alarms=tuple(alarms),
        control=control,
        others=_others(rounds, aim.metric),
        errors=counted(rounds),
    )


def _worded(effect: Estimate, confirmed: bool, control: float, looks: int, aim: Aim) -> tuple[Word, str]:
    limit = aim.margin + aim.detect
    if control <= _CONTROL:
        return "undecided", "this machine is too noisy now: launches of the same build differ by when they were started"
    if confirmed:
        return "slower", "two independent sets of rounds say so"
    if _bounded(effect, aim):
        unconfirmed = "a first alarm was not confirmed, and " if looks == 2 else ""
        return "not slower", f"{unconfirmed}a slowdown of {limit:.1%} or more is ruled out"
    doubt = f"a slowdown of {limit:.1%} can be neither shown nor ruled out"
    return "undecided", f"{doubt}: measure longer (--max-time), or where it is quieter"


def _rare(rounds: Sequence[Round], aim: Aim) -> str | None:
    """Why head is not cleared by its ordinary responses: all of them together surely cost more than base's."""
    if aim.metric != "cpu" or _alarm(rounds, replace(aim, metric="total")) > aim.alpha**2:
        return None
    more = paired_ratio([log_ratio(round_, "total") for round_ in rounds]).value - 1
    return f"most responses cost what they did, but all together {more:.1%} more: --metric total decides by all"


def _control(rounds: Sequence[Round], aim: Aim) -> float:
    """How often chance alone makes the later launches of the same build differ so from the earlier; two-sided."""
    pairs = [(side[-1], side[0]) for round_ in rounds for side in sides(round_, aim.metric)]
    dearer = relabelled([([later], [earlier]) for later, earlier in pairs])
    cheaper = relabelled([([earlier], [later]) for later, earlier in pairs])
    return min(1.0, 2 * min(dearer, cheaper))


def _others(rounds: Sequence[Round], decided: Metric) -> dict[Metric, Estimate]:
    """What else was measured in these rounds, as ratios with intervals that decided nothing."""
    found = {}
    for metric in METRICS:
        ratios = [log_ratio(round_, metric) for round_ in rounds if all(sides(round_, metric))]
        if metric != decided and ratios:
            found[metric] = paired_ratio(ratios)
    return found


def by_errors(rounds: Sequence[Round], aim: Aim) -> Decision | None:
    """The answer that errors give by themselves: red when head has them in two rounds, none when base has them too."""
    errors = counted(rounds)
    faulty = [build for build, seen in errors.items() if seen.rounds > 1 and (seen.failures or _too_many(seen))]
    if not faulty:
        return None
    word: Word = "undecided" if "base" in faulty else "slower"
    told = tuple(f"{build} {_told(errors[build])}" for build in faulty)
    return Decision(word, aim.metric, told, rounds=len(rounds), load_time=_spent(rounds), errors=errors)


def _too_many(seen: Errors) -> bool:
    return seen.share > _TOLERATED_ERRORS


def _told(seen: Errors) -> str:
    if seen.failures:
        return f"cannot be started: {seen.failures[0]}"
    kinds = ", ".join(f"{kind} {times:,} times" for kind, times in sorted(seen.kinds.items()))
    return f"answers wrongly: {kinds}; rightly {seen.responses:,} times"


def _spent(rounds: Sequence[Round]) -> float:
    return math.fsum(round_.load_time for round_ in rounds)
