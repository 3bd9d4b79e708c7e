"""Responses are understood as an independent implementation understands them, wherever they are cut."""

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drivers.response import Answer, MalformedError, Reader

tokens = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_", min_size=1, max_size=12)
values = st.text("".join(map(chr, range(0x21, 0x7F))) + " ", max_size=40).map(str.strip)
FRAMING = {"content-length", "transfer-encoding", "connection"}
statuses = st.sampled_from([200, 201, 204, 206, 301, 304, 404, 418, 500, 503])


@st.composite
def responses(draw):
    """Well-formed responses of every framing, with an interim response now and then."""
    status = draw(statuses)
    version = draw(st.sampled_from(["1.1", "1.0"]))
    body = draw(st.binary(max_size=300))
    framing = draw(st.sampled_from(["length", "chunked", "close"] if version == "1.1" else ["length", "close"]))
    fields = draw(st.lists(st.tuples(tokens.filter(lambda name: name.lower() not in FRAMING), values), max_size=5))
    connection = draw(st.sampled_from([None, "close", "keep-alive", "Keep-Alive, Upgrade"]))
    if connection:
        fields.append(("Connection", connection))
    if framing == "length":
        fields.append(("Content-Length", str(len(body))))
    if framing == "chunked":
        fields.append(("Transfer-Encoding", "chunked"))
    head = f"HTTP/{version} {status} {draw(values)}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    interim = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n"]))
    if status in (204, 304):
        body = b""
    elif framing == "chunked":
        body = draw(chunked(body))
    return interim + head.encode() + b"\r\n" + body


@st.composite
def chunked(draw, body):
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=6)))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True) if start < end]
    extension = draw(st.sampled_from([b"", b";a=b", b";x "]))
    trailer = draw(st.sampled_from([b"", b"X-Sum: 1\r\n"]))
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    return chunks + b"0\r\n" + trailer + b"\r\n"


def theirs(raw, method="GET"):
    """What h11 makes of it: status, body, whether the connection may be used again, what is left over.

    h11 knows no keep-alive of HTTP/1.0: there it has no say in that, which is None.
    """
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(raw)
    status, body, ended, modern = None, b"", False, False
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if ended:
                raise h11.RemoteProtocolError("incomplete")
            connection.receive_data(b"")
            ended = True
        elif isinstance(event, h11.Response):
            status, modern = event.status_code, event.http_version == b"1.1"
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            keep = not ended and connection.their_state is connection.our_state is h11.DONE
            return status, body, keep if modern else None, connection.trailing_data[0]


def ours(raw, cuts=(), bodiless=False):
    """What we make of it when it comes in pieces."""
    reader, answer = Reader(bodiless), None
    places = sorted({0, *(cut for cut in cuts if cut < len(raw)), len(raw)})
    for start, end in pairwise(places):
        assert answer is None
        answer = reader.feed(raw[start:end])
    return answer or reader.close()


def same(answer: Answer, status, body, keep):
    return (answer.status, answer.body) == (status, body) and keep in (None, answer.keep)


@given(responses(), st.lists(st.integers(1, 600), max_size=10))
def test_we_understand_what_h11_understands_however_it_is_cut(raw, cuts):
    status, body, keep, left = theirs(raw)
    answer = ours(raw, cuts)
    assert same(answer, status, body, keep)
    assert not left
    assert answer.size == len(raw)


@given(responses())
def test_every_byte_boundary_gives_the_same_answer(raw):
    whole = ours(raw)
    for cut in range(1, len(raw)):
        assert ours(raw, [cut]) == whole
    assert ours(raw, range(len(raw))) == whole


@given(responses().filter(lambda raw: b"chunked" not in raw.lower()))
def test_an_answer_to_head_ends_with_its_head(raw):
    head = raw[: raw.index(b"\r\n\r\n", 30 if b" 10" in raw[:12] else 0) + 4]
    status, body, keep, left = theirs(head, "HEAD")
    assert same(ours(head, bodiless=True), status, body, keep)
    assert body == b""
    assert not left


@given(responses(), st.integers(0, 700), st.binary(max_size=3), st.integers(0, 3))
def test_what_we_accept_of_damaged_responses_h11_accepts_alike(raw, place, junk, gone):
    damaged = raw[:place] + junk + raw[place + gone :]
    try:
        answer = ours(damaged)
    except MalformedError:
        return
    if answer is None:
        assert not damaged
        return
    status, body, keep, left = theirs(damaged)
    assert not left
    assert same(answer, status, body, keep)


@pytest.mark.parametrize(
    ("start", "fields", "keep"),
    [
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive", True),
        ("1.0", "Connection: Keep-Alive, close", False),
        ("1.1", "", True),
        ("1.1", "Connection: close", False),
        ("1.1", "Connection: x, CLOSE", False),
    ],
)
def test_a_connection_is_kept_where_its_version_and_its_fields_say_so(start, fields, keep):
    raw = f"HTTP/{start} 200 OK\r\nContent-Length: 0\r\n{fields}{fields and chr(13) + chr(10)}\r\n"
    assert ours(raw.encode()).keep is keep


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage",
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"\r\n" + OK + b"\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 600 Odd\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: +5\r\n\r\nhello",
        OK + b"Content-Length: 0x5\r\n\r\nhello",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        OK + b"Content-Length: 5, 6\r\n\r\nhello",
        OK + b"Content-Length: 99999999999999999999\r\n\r\n",
        OK + b"Content-Length: 999999999999\r\n\r\n",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000,
        OK + b"Content-Length : 5\r\n\r\nhello",
        OK + b"Content-Length: 5\r\n folded: 6\r\n\r\nhello",
        OK + b"no colon\r\n\r\n",
        OK + b"X: \x00\r\n\r\n",
        OK + b"Content-Length: 5\r\n\r\nhello!",
        OK + b"Content-Length: 5\r\n\r\nhell",
        OK + b"X: " + b"a" * 70_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3000,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 12_000,
    ],
)
def test_hostile_responses_are_malformed(raw):
    with pytest.raises(MalformedError):
        ours(raw)


def test_the_same_length_twice_is_one_length():
    assert ours(OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello").body == b"hello"


def test_lines_may_end_without_carriage_return():
    assert ours(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi").body == b"hi"


def test_nothing_at_all_is_no_answer():
    assert ours(b"") is None
