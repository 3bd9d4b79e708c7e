"""Holes are filled, and formulas reckoned, without surprises."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ConfigurationError
from bench.model import Server, Settings
from bench.rows.rendering import Advice, advised, busy, commands, fill, preparations, slots, used


def row(run: str = "{python} {app}", slots: str = "1", **more: object) -> Server:
    return replace(Server("mine", "mine", "wsgi", (run,), slots), **more)  # type: ignore[arg-type]


@given(
    scratch=st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])),
    word=st.sampled_from(["{scratch}", "--path={scratch}", "'{scratch}'", '"a {scratch}"']),
)
def test_a_hole_stays_one_word_whatever_fills_it(scratch: str, word: str) -> None:
    [argv] = commands(row(f"run {word} last"), {"scratch": scratch})
    assert len(argv) == 3
    assert scratch in argv[1]


def test_a_hole_is_not_filled_twice() -> None:
    assert commands(row("{host} x"), {"host": "{port}", "port": "5"}) == (("{port}", "x"),)
    assert fill("@host@", {"host": "@port@", "port": "5"}) == "@port@"


def test_what_nginx_owns_is_left_alone() -> None:
    text = 'location @fallback { return 200 "$host {braces}"; } # a@b.example'
    assert fill(text, {}) == text


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1", 1),
        ("workers * threads", 8),
        ("min(workers * threads, connections - 1)", 8),
        ("(workers + 1) // 2", 1),
        ("max(threads, 5, 2)", 5),
        ("", None),
    ],
)
def test_slots_are_what_the_formula_says(formula: str, expected: int | None) -> None:
    assert slots(row(slots=formula), Settings(workers=2, threads=4)) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os')",
        "workers.real",
        "workers ** 9",
        "1 / 2",
        "1.5",
        "True",
        "'1'",
        "-1",
        "(",
        "(" * 500,
        "1" + "+1" * 20_000,
        "1\0",
        "min()",
        "min(*[1])",
        "max(1, key=2)",
        "1 if workers else 2",
        "workers // 0",
        "cores",
        "lambda: 1",
    ],
    ids=lambda formula: formula[:20].replace("\0", "NUL"),
)
@pytest.mark.fault("security", "code in the formula of a row's table", "refused: it is arithmetic or nothing")
def test_a_formula_that_is_more_than_arithmetic_is_refused(formula: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a formula"):
        slots(row(slots=formula), Settings())


def test_a_formula_that_leaves_no_slot_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="comes to 0"):
        slots(row(slots="workers // 3"), Settings(workers=2))


def test_a_command_or_a_line_is_repeated_for_each_worker_where_it_numbers_them() -> None:
    several = row("serve {instance} of {workers}", prepare=("make {instance}",))
    assert commands(several, {"workers": "2"}) == (("serve", "1", "of", "2"), ("serve", "2", "of", "2"))
    assert preparations(several, {"workers": "1"}) == (("make", "1"),)
    assert fill("a\nserver @instance@;\nb\n", {"workers": "3"}) == "a\nserver 1;\nserver 2;\nserver 3;\nb\n"
    assert "workers" in used(row("{instance}"), {})


def test_advice_takes_the_place_of_the_settings_it_is_about() -> None:
    advice = {"workers": Advice("2 * cores + 1", "page"), "backlog": Advice("100", "page")}
    assert advised(advice, Settings(threads=7), 4, "[advice.x]") == Settings(workers=9, threads=7, backlog=100)
    with pytest.raises(ConfigurationError, match=r"\[advice.x\] workers: '2 \* core' is not .*Did you mean 'cores'"):
        advised({"workers": Advice("2 * core", "page")}, Settings(), 4, "[advice.x]")


@pytest.mark.parametrize(
    ("formula", "requests"),
    [("1", 1), ("workers", 3), ("workers * threads", 15), ("workers * connections", 15), ("", 15)],
)
def test_a_row_is_busy_with_a_request_for_each_slot_or_as_many_as_the_others_have(formula: str, requests: int) -> None:
    assert busy(row(slots=formula), Settings(workers=3, threads=5)) == requests
