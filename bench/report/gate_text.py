"""A gate's answers for people: on a terminal, and as Markdown for a pull request."""

from collections.abc import Iterator, Mapping

from bench.aim import Decision
from bench.judgement import Estimate
from bench.report.escaping import code, markdown

NAMES = {
    "cpu": "CPU time per response",
    "total": "CPU time of all responses",
    "time": "wall time per response",
    "p99": "99th percentile of latency at a fixed rate",
    "instructions": "user-space instructions per response",
}
_SIGNS = {"slower": "✗", "not slower": "✓", "undecided": "?"}
MARK = "<!-- deploybench gate -->"
"""The first line of a comment, by which its next version finds it."""


def sentence(decision: Decision) -> str:
    """The answer in one line: the word, the effect, and why."""
    seen = f", {NAMES[decision.metric]} {_effect(decision.effect)}" if decision.effect else ""
    return f"{decision.word}{seen}: {'; '.join(decision.reasons)}"


def on_terminal(answers: Mapping[str, Decision]) -> str:
    """A paragraph a row."""
    return "\n".join(line for name, decision in answers.items() for line in _paragraph(name, decision))


def as_markdown(answers: Mapping[str, Decision], base: str, head: str) -> str:
    """A comment for a pull request: a table, a line on what was done, and what is to be known besides."""
    title = f"## bench gate: {', '.join(dict.fromkeys(decision.word for decision in answers.values()))}"
    lines = [MARK, title, "", f"`{code(head)}` against `{code(base)}`.", ""]
    lines += ["| row | answer | effect | would find | rounds | load |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [_row(name, decision) for name, decision in answers.items()]
    for name, decision in answers.items():
        lines += ["", f"**{markdown(name)}**: {markdown('; '.join(decision.reasons))}.", ""]
        lines += [f"- {markdown(line)}" for line in _details(decision)]
    return "\n".join(lines) + "\n"


def percent(ratio: float | None) -> str:
    """A ratio in percent, 1.021 as 102.10%; '?' where it is not known."""
    return "?" if ratio is None else f"{100 * ratio:.2f}%"


def _paragraph(name: str, decision: Decision) -> Iterator[str]:
    yield f"{_SIGNS[decision.word]} {name}: {sentence(decision)}"
    yield from (f"    {line}" for line in _details(decision))


def _details(decision: Decision) -> Iterator[str]:
    if decision.detectable is not None:
        yield f"a slowdown of {decision.detectable:.1%} would have been found"
    if decision.load_time:
        rounds = "a round" if decision.rounds == 1 else f"{decision.rounds} rounds"
        yield f"{rounds} of fresh launches, {decision.load_time:.0f} s of load"
    for metric, estimate in decision.others.items():
        yield f"{NAMES[metric]}: {_effect(estimate)}"
    for build, seen in decision.errors.items():
        if seen.kinds or seen.failures:
            kinds = ", ".join(f"{kind} {times:,} times" for kind, times in sorted(seen.kinds.items()))
            yield f"{build} had errors: {kinds or seen.failures[0]}"
    yield from decision.notes


def _row(name: str, decision: Decision) -> str:
    effect = _effect(decision.effect) if decision.effect else "-"
    least = f"{decision.detectable:.1%}" if decision.detectable is not None else "-"
    word = f"{_SIGNS[decision.word]} {decision.word}"
    return f"| `{code(name)}` | {word} | {effect} | {least} | {decision.rounds} | {decision.load_time:.0f} s |"


def _effect(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value - 1:+.2%}"
    return f"{estimate.value - 1:+.2%} [{estimate.low - 1:+.2%} .. {estimate.high - 1:+.2%}]"
