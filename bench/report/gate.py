"""A gate's answers for machines: JSON on stdout, JUnit for CI, and what github-action-benchmark reads."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from bench.aim import Decision
from bench.judgement import Estimate
from bench.report.escaping import xml
from bench.report.gate_text import NAMES, percent, sentence

Answers = Mapping[str, Decision]
"""Decisions by the name of their row."""

_ORDER = ("slower", "undecided", "not slower")
EXIT = {"not slower": 0, "slower": 1, "undecided": 3}


def worst(answers: Answers) -> Decision:
    """The decision that stands for all: slower before undecided before not slower."""
    return min(answers.values(), key=lambda decision: _ORDER.index(decision.word))


def as_object(answers: Answers) -> dict[str, Any]:
    """What `bench gate --json` promises: the decision that stands for all, and under `rows` each one's."""
    return {**_object(worst(answers)), "rows": [{"name": name, **_object(said)} for name, said in answers.items()]}


def as_junit(answers: Answers) -> str:
    """One test case a row: failed when head is slower, an error when it could not be decided."""
    words = [decision.word for decision in answers.values()]
    totals = {
        "tests": len(words),
        "failures": words.count("slower"),
        "errors": words.count("undecided"),
        "time": sum(decision.load_time for decision in answers.values()),
    }
    suite = ElementTree.Element(
        "testsuite", {"name": "bench gate", **{key: f"{value:g}" for key, value in totals.items()}}
    )
    for name, decision in answers.items():
        at = {"classname": "bench.gate", "name": xml(name), "time": f"{decision.load_time:.1f}"}
        case = ElementTree.SubElement(suite, "testcase", at)
        if decision.word != "not slower":
            kind = "failure" if decision.word == "slower" else "error"
            told = ElementTree.SubElement(case, kind, {"message": xml(sentence(decision)), "type": decision.word})
            told.text = "\n".join(map(xml, decision.reasons))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_action_benchmark(answers: Answers) -> list[dict[str, Any]]:
    """github-action-benchmark's `customSmallerIsBetter`: head / base in percent; rows without a figure are left out."""
    return [
        {
            "name": f"{name}: {NAMES[decision.metric]}, head / base",
            "unit": "%",
            "value": round(100 * decision.effect.value, 3),
            "range": f"{percent(decision.effect.low)} .. {percent(decision.effect.high)}",
            "extra": sentence(decision),
        }
        for name, decision in answers.items()
        if decision.effect
    ]


def _object(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.word,
        "effect": _estimate(decision.effect),
        "minimum_detectable_effect": decision.detectable,
        "metric": decision.metric,
        "rounds": decision.rounds,
        "load_time": decision.load_time,
        "reasons": list(decision.reasons),
        "alarms": list(decision.alarms),
        "control": decision.control,
        "others": {metric: _estimate(estimate) for metric, estimate in decision.others.items()},
        "errors": {build: dict(seen.kinds) for build, seen in decision.errors.items()},
        "responses": {build: seen.responses for build, seen in decision.errors.items()},
        "notes": list(decision.notes),
    }


def _estimate(estimate: Estimate | None) -> dict[str, float | None] | None:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high} if estimate else None
