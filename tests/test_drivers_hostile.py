"""Responses that were captured from real servers and then damaged: understood as h11 does, or refused, however cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_drivers_response import ours, same, theirs

from bench.drivers.ear import Ear
from bench.drivers.question import serialised
from bench.drivers.response import LONGEST_HEAD, MalformedError, Reader
from bench.model import Request

DATE = b"Date: Sat, 21 Nov 2026 06:00:00 GMT\r\n"
REAL = {
    "gunicorn": b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\n" + DATE + b"Connection: keep-alive\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n\r\nHello World!",
    "nginx": b"HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\n" + DATE + b"Transfer-Encoding: chunked\r\n"
    b"Connection: keep-alive\r\n\r\n1a\r\n<html>404 Not Found</html>\r\n0\r\n\r\n",
    "uwsgi": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nHello World!",
    "wsgiref": b"HTTP/1.0 200 OK\r\n" + DATE + b"Server: WSGIServer/0.2 CPython/3.11.7\r\n"
    b"Content-Length: 12\r\n\r\nHello World!",
    "apache": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nKeep-Alive: timeout=5, max=100\r\n"
    b"Connection: Keep-Alive\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nHello \r\n6;x=y\r\nWorld!\r\n"
    b"0\r\nX-Sum: 1\r\n\r\n",
}
JUNK = [
    b"\r", b"\n", b"\r\n", b"\n\n", b"\x00", b"\x0b", b" ", b"\t", b",", b":", b"0", b"-1", b"+1", b"0x1", b"1e1",
    b"Content-Length: 5\r\n", b"Content-Length: 6, 6\r\n", b"Content-Length : 5\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n", b"Connection: close\r\n", b" folded\r\n", b"HTTP/1.1 ", b"0\r\n\r\n",
]  # fmt: skip


@st.composite
def damaged(draw):
    """A real response with a few bytes gone, changed, doubled or put in."""
    raw = draw(st.sampled_from(sorted(REAL.values())))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        junk = draw(st.sampled_from(JUNK) | st.binary(max_size=2) | st.just(raw[at : at + draw(st.integers(0, 40))]))
        raw = raw[:at] + junk + raw[at + draw(st.integers(0, 4)) :]
    return raw


def verdict(raw, cuts=()):
    """The answer, or that there is none: malformed."""
    try:
        return ours(raw, cuts)
    except (MalformedError, AssertionError):
        return MalformedError


@given(damaged())
def test_of_damaged_real_responses_nothing_is_accepted_that_h11_refuses(raw):
    answer = verdict(raw)
    if answer is not MalformedError and answer is not None:
        status, body, keep, left = theirs(raw)
        assert not left
        assert same(answer, status, body, keep)


@given(damaged(), st.lists(st.integers(1, 400), max_size=12))
def test_a_damaged_response_is_judged_alike_however_it_is_cut(raw, cuts):
    assert verdict(raw, cuts) == verdict(raw)


@pytest.mark.parametrize("name", REAL)
def test_a_real_response_cut_short_is_never_an_answer_unless_its_end_is_the_connections(name):
    raw = REAL[name]
    for end in range(1, len(raw)):
        answer = verdict(raw[:end])
        assert answer is MalformedError or (name == "uwsgi" and REAL[name].endswith(b"\r\n\r\n" + answer.body, 0, end))


@given(st.sampled_from(sorted(REAL)), damaged(), st.lists(st.integers(1, 400), max_size=6))
def test_an_ear_that_knows_the_right_answer_judges_a_damaged_one_as_a_stranger_would(name, raw, cuts):
    question = serialised(Request(status=200, expected="Hello World!"), "x")
    knowing, stranger = Ear([question]), Ear([question])
    knowing.understand(3, 0, REAL[name])
    knowing.forget(3)
    assert heard(knowing, raw, cuts) == heard(stranger, raw, cuts)


def heard(ear, raw, cuts):
    """What an ear makes of bytes in pieces and of their end."""
    places = sorted({0, *(cut for cut in cuts if cut < len(raw)), len(raw)})
    try:
        for start, end in pairwise(places):
            if said := ear.understand(3, 0, raw[start:end]):
                return said if end == len(raw) else "more bytes"
        return ear.understand(3, 0, b"")
    except (MalformedError, ConnectionResetError) as problem:
        return type(problem)


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.fault("server", "it sends a head without end", "refused at 64 KiB, counted as an error of framing")
@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (OK, b"X: y\r\n" * 50),
        (OK + b"X: ", b"y" * 50),
        (b"HTTP/1.1 200 ", b"O" * 50),
        (CHUNKED + b"0\r\n", b"X: y\r\n" * 50),
    ],
    ids=["many fields", "one long field", "long reason", "long trailer"],
)
def test_a_head_without_end_is_given_up_soon(start, piece):
    reader = Reader()
    assert reader.feed(start) is None
    pieces = [piece] * (2 * LONGEST_HEAD // len(piece))
    with pytest.raises(MalformedError):
        [*map(reader.feed, pieces)]


@pytest.mark.fault("server", "it frames a response in two ways", "refused, counted as an error of framing")
@pytest.mark.parametrize(
    "raw",
    [
        OK + b"Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        OK + b"Content-Length: 5\r\nContent-Length: 05\r\n\r\nhello",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked, identity\r\n\r\nhello",
        OK + b"Transfer-Encoding: xchunked\r\n\r\nhello",
        OK + b"Content-Length: 5\r\r\n\r\nhello",
        OK + b"X: y\rContent-Length: 5\r\n\r\nhello",
        OK + b"X: y\r\r\n\r\n",
        OK + b"X:\x00y\r\nContent-Length: 5\r\n\r\nhello",
        CHUNKED + b"5\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello\n0\r\n\r\n",
        CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n",
    ],
)
def test_what_could_be_taken_in_two_ways_is_malformed(raw):
    assert verdict(raw) is MalformedError
    assert verdict(raw, range(len(raw))) is MalformedError
