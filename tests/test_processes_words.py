"""A log keeps its beginning and its end, whoever goes on writing, and nothing of it is obeyed by a terminal."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.processes import words


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * words.LONGEST)
    words.bound(log)
    assert log.stat().st_size == words.LONGEST


def test_a_long_log_keeps_its_beginning_and_its_end_and_whoever_appends_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab", buffering=0) as server:
        server.write(b"first\n" + b"x" * 2 * words.LONGEST + b"\nlast\n")
        words.bound(log)
        server.write(b"later\n")
    text = log.read_bytes()
    assert len(text) < words.LONGEST / 2
    assert text.startswith(b"first\n")
    assert b" bytes left out by bench ...\n" in text
    assert text.endswith(b"\nlast\n\nlater\n")
    assert words.last(log, 2) == ("last", "later")


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(os.urandom(words.LONGEST + 1))
    words.bound(log)
    (told,) = (line for line in log.read_bytes().split(b"\n") if line.endswith(b"left out by bench ..."))
    kept = log.stat().st_size - len(told) - 3
    assert int(told.split()[1]) == words.LONGEST + 1 - kept


def test_a_log_that_is_not_there_or_a_folder_is_no_error(tmp_path: Path) -> None:
    words.bound(tmp_path / "none")
    words.bound(tmp_path)
    assert words.last(tmp_path / "none") == words.last(tmp_path) == ()
    assert words.quoted(tmp_path / "none") == "; it said nothing."


@given(st.text())
def test_plain_text_has_nothing_that_a_terminal_would_obey(text: str) -> None:
    plain = words.plain(text)
    assert plain.isprintable()
    assert words.plain(plain) == plain


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\x9b", "\u202e", "\x00", "\r"])
def test_such_signs_are_left_out(sign: str) -> None:
    assert words.plain(f"a{sign}b") == "ab"
