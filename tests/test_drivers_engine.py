"""The loop copes with every server: it counts what is right, names what is wrong, and loses nothing."""

from collections import Counter
from contextlib import closing
from itertools import count

import pytest
from scripted import BRIEF, CLOSE, HELLO, RESET, always, right, scripted, windows

from bench.drivers.engine import measure
from bench.drivers.poller import POLLERS
from bench.drivers.pool import Pool
from bench.histogram import Histogram
from bench.model import Load, Request, Target


@pytest.fixture(params=POLLERS)
def polling(request):
    return request.param


def window(script, polling=None, enough=None, **load):
    """What the loop measures in a moment, or until its server was asked more than enough."""
    options = {"connections": 4, "duration": BRIEF if enough is None else 60.0, **load}
    with scripted(script) as server, closing(Pool(server.url, polling)) as pool:

        def halted():
            return enough is not None and len(server.requests) > enough

        target = Target("scripted", server.url)
        measured = measure(pool, target, Load("test", **options), 0, halted=halted)
    return measured, server


def test_a_closed_window_counts_every_answer_once(polling):
    measured, server = window(always(HELLO), polling, enough=50)
    assert measured.responses == len(server.requests) > 50
    assert measured.received == measured.responses * len(HELLO)
    assert measured.errors == {}
    assert measured.opened == server.connections == 4
    assert Histogram.decode(measured.latency).count == measured.responses
    assert sum(measured.series) <= measured.responses
    assert server.requests[0] == f"GET / HTTP/1.1\r\nHost: {server.url[7:]}\r\n\r\n".encode()


KEEPING = {
    "length": right(),
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n7;x=y\r\n World!\r\n0\r\n\r\n",
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + right(),
    "old": right(b"Hello World!", b"Connection: keep-alive", version=b"1.0"),
    "long head": right(b"Hello World!", b"X-Filling: " + b"x" * 9000),
}
CLOSING = {
    "said": right(b"Hello World!", b"Connection: close"),
    "old": right(version=b"1.0"),
    "until close": b"HTTP/1.1 200 OK\r\n\r\nHello World!",
}


@pytest.mark.parametrize("raw", KEEPING.values(), ids=KEEPING)
def test_every_framing_that_keeps_a_connection_is_understood(raw, polling):
    measured, server = window(always(raw), polling, enough=10)
    assert measured.errors == {}
    assert measured.responses > 10
    assert server.connections == 4


@pytest.mark.parametrize("raw", CLOSING.values(), ids=CLOSING)
def test_every_framing_that_ends_a_connection_is_understood(raw, polling):
    measured, server = window(always(raw, CLOSE), polling, enough=10)
    assert measured.errors == {}
    assert measured.responses > 10
    assert measured.opened == measured.responses == len(server.requests)


def test_answers_may_come_byte_by_byte(polling):
    measured, _ = window(always(*(bytes([byte]) for byte in KEEPING["chunked"])), polling, enough=3)
    assert measured.errors == {}
    assert measured.responses > 3


def test_a_server_that_breaks_off_unannounced_is_found_out_and_followed(polling):
    measured, server = window(always(HELLO, CLOSE), polling, enough=10)
    assert measured.errors == {}
    assert measured.responses > 10
    assert len(server.requests) == measured.responses


WRONG = {
    "status 502": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    "status 302": b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "body": right(b"Hello world!"),
    "framing": b"SSH-2.0-OpenSSH_9.2\r\n",
}


MARKS = {
    "status 302": pytest.mark.fault("server", "it redirects", "followed nowhere: an error of its kind, no response"),
    "framing": pytest.mark.fault("server", "it answers in another protocol", "an error of its kind, no response"),
}


@pytest.mark.parametrize(
    ("kind", "raw"), [pytest.param(kind, raw, marks=MARKS.get(kind, ()), id=kind) for kind, raw in WRONG.items()]
)
def test_what_is_wrong_is_an_error_of_its_kind_and_no_response(kind, raw, polling):
    measured, server = window(always(raw), polling, enough=3)
    assert measured.responses == 0
    assert set(measured.errors) == {kind}
    assert measured.errors[kind] == len(server.requests) > 3
    assert measured.latency_mean is None


def test_a_longer_answer_than_announced_is_malformed():
    measured, _ = window(always(HELLO + b"!"))
    assert (measured.responses, set(measured.errors)) == (0, {"framing"})


def test_an_answer_cut_short_is_malformed():
    measured, _ = window(always(HELLO[:-1], CLOSE))
    assert (measured.responses, set(measured.errors)) == (0, {"framing"})


def test_a_reset_before_any_answer_is_an_error(polling):
    measured, _ = window(always(RESET), polling)
    assert (measured.responses, set(measured.errors)) == (0, {"reset"})


@pytest.mark.fault("server", "it closes every connection at once", "an error for each, no response")
def test_a_server_that_closes_at_once_is_an_error():
    measured, _ = window(always(CLOSE))
    assert (measured.responses, set(measured.errors)) == (0, {"reset"})


def test_silence_is_a_time_out_for_each_connection(polling):
    measured, _ = window(always(10.0), polling, timeout=0.1)
    assert (measured.responses, set(measured.errors)) == (0, {"time-out"})
    assert measured.errors["time-out"] >= 4


def test_one_wrong_answer_among_many_is_seen():
    turns = count()

    def script(number, request):
        return [HELLO if next(turns) != 7 else HELLO.replace(b"World", b"Wurld")]

    measured, server = window(script, enough=8)
    assert measured.errors == {"body": 1}
    assert measured.responses == len(server.requests) - 1


def test_answers_that_differ_each_time_are_all_verified():
    def script(number, request):
        return [right(b"Hello World!", b"X-Number: %d" % number)]

    measured, server = window(script)
    assert measured.errors == {}
    assert measured.responses == len(server.requests)
    assert measured.duration >= BRIEF


def test_requests_are_asked_as_often_as_their_weights_say():
    requests = (Request("/a", weight=3), Request("/b", method="POST", body="Hello", expected="Hello"))

    def script(number, request):
        return [HELLO if request.startswith(b"GET /a ") else right(request.partition(b"\r\n\r\n")[2])]

    measured, server = window(script, enough=100, requests=requests)
    asked = Counter(request.split()[1] for request in server.requests)
    assert measured.errors == {}
    assert measured.responses == len(server.requests)
    assert asked[b"/a"] / asked[b"/b"] == pytest.approx(3, rel=0.2)


def test_a_head_request_wants_no_body():
    measured, _ = window(
        always(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"), enough=10, requests=(Request(method="HEAD"),)
    )
    assert measured.errors == {}
    assert measured.responses > 10


def test_no_content_is_no_content():
    measured, _ = window(always(b"HTTP/1.1 204 Done\r\n\r\n"), enough=10, requests=(Request(status=204, expected=""),))
    assert measured.errors == {}
    assert measured.responses > 10


def test_great_bodies_go_both_ways(polling):
    body = "0123456789" * 200_000
    request = Request("/echo", method="POST", body=body, expected=body)

    def echo(number, request):
        return [right(request.partition(b"\r\n\r\n")[2])]

    measured, _ = window(echo, polling, enough=1, requests=(request,), connections=2)
    assert measured.errors == {}
    assert measured.responses >= 2
    assert measured.received > measured.responses * len(body)


def test_connections_are_kept_from_window_to_window():
    with scripted(always(HELLO)) as server:
        first, second = windows(server, *[Load("test", connections=3, duration=BRIEF)] * 2)
    assert (first.opened, second.opened, server.connections) == (3, 0, 3)


def test_a_connection_that_died_between_windows_is_replaced_without_an_error():
    with scripted(always(HELLO)) as server, closing(Pool(server.url)) as pool:
        load = Load("test", connections=3, duration=BRIEF)
        measure(pool, Target("a", server.url), load, 0)
        for plug in list(pool.plugs.values())[:2]:
            plug.shutdown(1)
        second = measure(pool, Target("a", server.url), load, 1)
    assert second.errors == {}
    assert second.opened == 2


def test_a_smaller_window_gives_connections_up():
    with scripted(always(HELLO)) as server, closing(Pool(server.url)) as pool:
        for connections in (5, 2):
            measure(pool, Target("a", server.url), Load("test", connections=connections, duration=BRIEF), 0)
        assert len(pool) == 2
