"""A comparison in words: on terminals of every kind, as Markdown against a golden page, as JSON, and as an exit code.

BENCH_ACCEPT=1 writes the golden pages anew; look at the difference before you commit it.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import comparisons
import pytest
import synthetic
from comparisons import run, slowed
from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len
from synthetic import sound

from bench.compare import Comparison, compare_rows, compare_runs
from bench.judgement import Estimate
from bench.report import comparison as words
from bench.report.comparison_markdown import page
from bench.report.comparison_script import as_object
from bench.report.comparison_terminal import table
from bench.verbs.compare import exit_code

EXPECTED = Path(__file__).parent / "expected"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.fixture(scope="module")
def whole() -> Comparison:
    return comparisons.whole()


def agrees(name: str, text: str) -> bool:
    path = EXPECTED / name
    if os.environ.get("BENCH_ACCEPT"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8") == text


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", "compare", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three stored runs: two alike, then one with a slower waitress."""
    folder = tmp_path_factory.mktemp("results")
    for name, shapes, seed in (("1-a", (), 1), ("2-b", (), 2), ("3-c", (slowed(1.4), sound("uwsgi")), 3)):
        synthetic.write(folder / name, comparisons.journal(*shapes, seed=seed, name=name[2:]))
    return folder


@pytest.mark.parametrize("width", [58, 100])
def test_the_table_is_as_expected(whole: Comparison, width: int) -> None:
    assert agrees(f"comparison-{width}.txt", table(whole, width, colour=False, unicode=True) + "\n")


def test_the_markdown_is_as_expected(whole: Comparison) -> None:
    assert agrees("comparison.md", page(whole))


@pytest.mark.parametrize("width", [44, 60, 72, 80, 100, 160])
def test_the_table_fits_the_terminal(whole: Comparison, width: int) -> None:
    text = table(whole, width, colour=False, unicode=True)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "waitress" in text
    assert "slower" in text


def test_a_terminal_without_unicode_gets_ascii(whole: Comparison) -> None:
    text = table(whole, 100, colour=False, unicode=False)
    assert text.isascii()
    assert re.search(r"\|\s+-+o-+", text)


def test_colours_come_only_where_they_are_wanted(whole: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" not in table(whole, 100, colour=False)
    assert "\x1b[31m" in table(whole, 100, colour=True, unicode=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in table(whole, 100, colour=True, unicode=True)


def test_nothing_that_a_server_or_a_file_says_does_harm(whole: Comparison) -> None:
    assert not CONTROL.search(table(whole, 100, colour=False, unicode=True))
    assert not CONTROL.search(page(whole))
    assert "<script" not in page(whole).replace("\\<script", "")


def test_the_headline_names_what_is_gone_and_what_is_slower(whole: Comparison) -> None:
    said = words.headline(whole)
    assert said.startswith("In branch, twisted and processes work no longer, gevent is not there and waitress (CPU +")
    assert any(remark.startswith("New in branch: threaded") for remark in words.remarks(whole))


def test_what_moves_all_rows_is_put_down_to_the_machine() -> None:
    def dearer(share: float) -> Comparison:
        shapes = [replace(sound(name), cpu=share * sound(name).cpu) for name in comparisons.ROWS]
        return compare_runs(run(), run(*shapes, seed=2, name="two"))

    assert "All rows together cost +" in " ".join(words.remarks(dearer(1.2)))
    assert "All rows together" not in " ".join(words.remarks(dearer(1)))


def test_json_says_all_that_was_found(whole: Comparison) -> None:
    said = json.loads(json.dumps(as_object(whole)))
    assert len(said["changes"]) == len(whole.changes)
    assert said["lost"].keys() == {"twisted", "processes"}
    worse = next(one for one in said["changes"] if one["row"] == "waitress" and one["metric"] == "cpu")
    assert worse["word"] == "slower"
    assert worse["ratio"]["low"] < worse["ratio"]["value"] < worse["ratio"]["high"]
    assert {"group": "versions", "name": "gunicorn", "before": "27.0.1", "after": "28.0.0"} in said["differences"]


def test_the_exit_code_answers_whether_anything_got_slower(whole: Comparison) -> None:
    one = run()
    assert exit_code(whole) == 1
    assert exit_code(compare_runs(one, run(sound("waitress"), seed=2, name="two"), ["waitress"])) == 0
    assert exit_code(compare_runs(one, run(sound("waitress"), seed=2, name="two"))) == 1
    assert exit_code(compare_runs(run(rounds=1), run(rounds=1, seed=2, name="two"))) == 3
    assert exit_code(compare_rows((one, "gunicorn-gthread"), (one, "uwsgi"))) == 0


@pytest.mark.parametrize(
    ("sides", "code", "said"),
    [
        ([], 1, "waitress"),
        (["1-a", "2-b"], 0, "No difference between a and b is certain."),
        (["2-b:waitress", "3-c:waitress"], 1, "c:waitress is surely worse in CPU"),
        (["waitress", "uwsgi"], 1, "uwsgi is surely"),
        (["1-a", "3-c", "--rows", "uw*"], 0, "No difference between a and c is certain."),
    ],
)
def test_two_runs_two_rows_or_one_row_of_each_can_be_compared(
    results: Path, sides: list[str], code: int, said: str
) -> None:
    done = bench(*sides, "--results", results)
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout


@pytest.mark.parametrize(
    ("sides", "sentence"),
    [
        (["1-a"], "two things are compared, 1 were named"),
        (["1-a", "4-d"], "'4-d' is no run, and the run 3-c has no row of that name."),
        (["1-a:watress", "2-b:waitress"], "the run 1-a has no row of that name. Did you mean 'waitress'?"),
        (["waitress", "gevent"], "'gevent' is no run, and the run 3-c has no row"),
        (["1-a", "1-a"], "is the same run twice"),
        (["1-a", "2-b:waitress"], "a run cannot be compared with a row"),
        (["uwsgi", "uwsgi"], "'uwsgi' is the same row twice"),
        (["1-a", "2-b", "--rows", "nginx"], "neither run has a row 'nginx'."),
        (["9-z:waitress", "uwsgi"], "there is no run '9-z'"),
    ],
)
def test_a_wrong_question_costs_a_sentence(results: Path, sides: list[str], sentence: str) -> None:
    done = bench(*sides, "--results", results)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_json_and_markdown_come_from_the_command(results: Path) -> None:
    assert json.loads(bench("1-a", "2-b", "--json", "--results", results).stdout)["before"]["label"] == "a"
    assert bench("1-a", "2-b", "--markdown", "--results", results).stdout.startswith("**No difference")


@given(some.floats(0.01, 100))
def test_a_step_keeps_its_direction(ratio: float) -> None:
    said = words.step(ratio)
    if said.endswith("%") and said != "0 %":
        assert said[0] == ("+" if ratio > 1 else "\N{MINUS SIGN}")
    else:
        assert ratio >= 2 or ratio == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.step(1.052), "+5.2 %"),
        (words.step(0.88), "\N{MINUS SIGN}12 %"),
        (words.step(1), "0 %"),
        (words.step(2.314), "2.31 \N{MULTIPLICATION SIGN}"),
        (words.reach(Estimate(1.1, 1.05, 1.2)), "+5.0 % to +20 %"),
        (words.reach(Estimate(1.1, 0.01, 9)), "too wide to say"),
        (words.reach(Estimate(1.1)), ""),
    ],
)
def test_ratios_are_said_like_this(said: str, expected: str) -> None:
    assert said == expected
