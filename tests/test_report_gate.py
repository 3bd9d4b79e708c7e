"""A gate's answers as files: each says the same, and nothing in it breaks the format it is written in."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from test_schemas import complaints

from bench.aim import Decision
from bench.contest import Errors
from bench.judgement import Estimate
from bench.report.gate import as_action_benchmark, as_junit, as_object, worst
from bench.report.gate_text import as_markdown, on_terminal

ROOT = Path(__file__).parent.parent
NASTY = 'gun<icorn>|&"`\n'
GREEN = Decision("not slower", "cpu", ("ruled out",), Estimate(1.001, 0.99, 1.012), 0.019, 16, 26.0, (0.3,), 0.4)
RED = Decision(
    "slower",
    "cpu",
    ("two independent sets of rounds say so",),
    Estimate(1.04, 1.03, 1.05),
    0.018,
    30,
    48.0,
    (0.001, 0.002),
    0.5,
    {"time": Estimate(1.03, 1.02, 1.04)},
    {"head": Errors(900, {"body": 3}, (), 1), "base": Errors(1000, {}, (), 0)},
    ("flask 3.0 became 3.1",),
)
DEAD = Decision("slower", "cpu", ("head cannot be started: <b>",), rounds=2)
DOUBT = Decision("undecided", "time", ("too noisy",), Estimate(1.0))


@pytest.mark.parametrize("answers", [{"a": GREEN}, {"a": RED, "b": GREEN}, {"a": DEAD}, {"a": DOUBT, NASTY: RED}])
def test_the_json_is_as_promised(answers: dict[str, Decision]) -> None:
    said = as_object(answers)
    assert complaints("gate", said) == []
    assert [row["name"] for row in said["rows"]] == [*answers]


def test_slower_comes_before_undecided_and_that_before_not_slower() -> None:
    assert worst({"a": GREEN, "b": DOUBT, "c": RED}) is RED
    assert worst({"a": GREEN, "b": DOUBT}) is DOUBT


def test_junit_has_a_failure_for_slower_and_an_error_for_undecided() -> None:
    suite = ElementTree.fromstring(as_junit({NASTY: RED, "b": DOUBT, "c": GREEN}).encode())  # noqa: S314  our own
    assert [suite.get(key) for key in ("tests", "failures", "errors")] == ["3", "1", "1"]
    assert [[child.tag for child in case] for case in suite] == [["failure"], ["error"], []]


def test_a_row_without_a_figure_is_left_out_of_a_history_of_figures() -> None:
    assert as_action_benchmark({"dead": DEAD}) == []
    (figure,) = as_action_benchmark({"gunicorn": RED})
    assert (figure["value"], figure["unit"], figure["range"]) == (104.0, "%", "103.00% .. 105.00%")


def test_a_comment_cannot_be_given_markup_by_names() -> None:
    comment = as_markdown({NASTY: DEAD, "gunicorn": RED}, "main`<img>", "head|x")
    assert comment.startswith("<!-- deploybench gate -->\n")
    assert "<b>" not in comment
    assert "<img>" not in comment
    table = [line for line in comment.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {7}


def test_the_terminal_tells_what_would_have_been_found_and_what_went_wrong() -> None:
    said = on_terminal({"gunicorn": RED, "waitress": GREEN})
    assert "✗ gunicorn: slower, CPU time per response +4.00% [+3.00% .. +5.00%]: two independent sets" in said
    assert "a slowdown of 1.8% would have been found" in said
    assert "head had errors: body 3 times" in said
    assert "flask 3.0 became 3.1" in said
    assert "✓ waitress: not slower" in said


def workflows() -> list[tuple[str, str]]:
    guide = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "gate.md").read_text("utf-8"), re.DOTALL)
    shipped = [ROOT / "action.yml", ROOT / ".github" / "workflows" / "gate.yml"]
    return [(f"guide {number}", text) for number, text in enumerate(guide, 1)] + [
        (path.name, path.read_text("utf-8")) for path in shipped
    ]


@pytest.mark.parametrize(("name", "text"), workflows())
def test_actions_of_others_are_pinned_and_strangers_code_meets_no_token(name: str, text: str) -> None:
    said = yaml.safe_load(text)
    used = re.findall(r"uses: (\S+)", text)
    assert all(re.fullmatch(r"\./|OWNER/deploybench@COMMIT|[\w./-]+@[0-9a-f]{40}", action) for action in used)
    assert "pull_request_target" not in text
    # What others wrote must come in by variables: in a script it would be run.
    scripts = re.findall(r"run: (?:\|\n)?((?:.+\n?)+?)(?=\s*- |\Z)", text)
    assert not [script for script in scripts if "${{ inputs" in script.split("env:")[0]]
    if name == "action.yml":
        assert said["runs"]["using"] == "composite"
        return
    permissions = said["permissions"]
    # YAML reads the key `on` as true.
    triggers = said[True]
    if "write" in permissions.values():
        assert list(triggers) == ["workflow_run"]
        assert "checkout" not in text
