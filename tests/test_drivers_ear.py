"""What an ear takes for an answer does not depend on what it has heard before, nor on where it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import HELLO, right

from bench.drivers.ear import Ear
from bench.drivers.question import serialised
from bench.drivers.response import MalformedError
from bench.model import Request

QUESTION = serialised(Request(), "127.0.0.1")
ANSWERS = {
    "known": HELLO,
    "dated": HELLO.replace(b"OK\r\n", b"OK\r\nDate: Sat, 21 Nov 2026 03:00:00 GMT\r\n"),
    "closing": right(b"Hello World!", b"Connection: close"),
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nHello World!\r\n0\r\n\r\n",
    "continued": b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO,
    "wrong": HELLO.replace(b"World", b"Wurld"),
    "shorter": right(b"Hello"),
    "failed": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
}
UNENDING = b"HTTP/1.1 200 OK\r\n\r\nHello World!"


def pieces(raw, cuts):
    ends = sorted({cut % len(raw) for cut in cuts} - {0})
    return [raw[start:end] for start, end in zip([0, *ends], [*ends, len(raw)], strict=True)]


def heard(ear, raw, cuts=()):
    *parts, last = pieces(raw, cuts)
    assert [ear.understand(7, 0, part) for part in parts] == [None] * len(parts)
    return ear.understand(7, 0, last)


orders = st.lists(st.tuples(st.sampled_from(sorted(ANSWERS)), st.lists(st.integers(0, 999), max_size=6)), min_size=1)


@given(orders)
def test_an_answer_is_the_same_whatever_came_before_and_wherever_it_is_cut(said):
    ear = Ear([QUESTION])
    for name, cuts in said:
        assert heard(ear, ANSWERS[name], cuts) == heard(Ear([QUESTION]), ANSWERS[name])
        assert not ear.forget(7)


@given(st.sampled_from(sorted(ANSWERS)), st.integers(1, 999))
def test_an_answer_cut_short_is_malformed_though_it_began_like_a_right_one(name, cut):
    ear = Ear([QUESTION])
    heard(ear, HELLO)
    begun = ANSWERS[name][: cut % len(ANSWERS[name]) or 1]
    assert ear.understand(7, 0, begun) is None
    with pytest.raises(MalformedError):
        ear.understand(7, 0, b"")
    assert not ear.forget(7)


@given(st.lists(st.integers(0, 999), max_size=6))
def test_an_answer_that_ends_with_its_connection_is_whole_only_then(cuts):
    ear = Ear([QUESTION])
    for _ in range(2):
        assert heard(ear, UNENDING, cuts) is None
        answer = ear.understand(7, 0, b"")
        assert (answer.fault, answer.keep, answer.size) == (None, False, len(UNENDING))


def test_an_end_without_a_byte_is_a_reset_and_what_had_begun_is_forgotten():
    ear = Ear([QUESTION])
    heard(ear, HELLO)
    with pytest.raises(ConnectionResetError):
        ear.understand(7, 0, b"")
    ear.understand(7, 0, HELLO[:9])
    assert ear.forget(7)
    assert heard(ear, HELLO).fault is None


def test_what_would_be_right_again_is_hoped_for_only_where_the_connection_lives():
    ear = Ear([QUESTION])
    heard(ear, HELLO, [40])
    assert ear.hopes == [HELLO]
    heard(ear, ANSWERS["wrong"])
    assert ear.hopes == [HELLO]
    heard(ear, ANSWERS["closing"])
    assert ear.hopes == [None]
