"""No wrong answer passes the probe, and how a server speaks is seen as it is."""

import heapq
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pkgutil import resolve_name
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import eventually
from werkzeug.serving import WSGIRequestHandler, make_server

from bench import probe
from bench.rows.catalog import assets

APPS = assets() / "apps"


@contextmanager
def waitress(threads: int = 4) -> Iterator[str]:
    """Waitress with the bare app, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "on_waitress.py", f"--listen=127.0.0.1:{port}", f"--threads={threads}", "wsgi_app:app"]
    with subprocess.Popen(command, cwd=APPS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            eventually(lambda: process.poll() is not None or answering(url))
            yield url
        finally:
            process.terminate()


def answering(url: str) -> bool:
    try:
        return probe.is_right(probe.answers(url))
    except ConnectionRefusedError:
        return False


@contextmanager
def werkzeug(app: Any, threaded: bool = True) -> Iterator[str]:
    """Werkzeug with any app, in a thread of this process."""
    # A handler of its own, for a threaded server writes its HTTP version into the class.
    handler = type("Quiet", (WSGIRequestHandler,), {"log": lambda *_: None})
    server = make_server("127.0.0.1", 0, app, threaded=threaded, request_handler=handler)
    thread = threading.Thread(target=partial(server.serve_forever, 0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    sys.path.insert(0, str(APPS))
    yield resolve_name("wsgi_app:app")
    sys.path.remove(str(APPS))


def test_a_right_server_is_verified() -> None:
    with waitress() as url:
        assert probe.verify(url) is None


def changed(app: Any, path: str, change: Callable[[bytes, list[tuple[str, str]]], bytes]) -> Any:
    """The app, with its answers at one path changed."""

    def altered(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        started: list[Any] = []
        body = b"".join(app(environ, lambda *words: started.append(words)))
        status, headers = started[0]
        if environ["PATH_INFO"] == path:
            body = change(body, headers)
            headers[:] = [pair for pair in headers if pair[0] != "Content-Length"]
            headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return altered


def retyped(body: bytes, headers: list[tuple[str, str]]) -> bytes:
    headers[:] = [("Content-Type", "text/html")]
    return body


@pytest.mark.parametrize(
    ("path", "change", "sentence"),
    [
        ("/", lambda body, _: body.replace(b"W", b"w"), "GET / got body b'Hello world!' instead of b'Hello World!'"),
        ("/json", retyped, "GET /json got Content-Type 'text/html' instead of 'application/json'"),
        ("/bytes/10485760", lambda body, _: body[:-1], "GET /bytes/10485760 got Content-Length '10485759'"),
        ("/bytes/65537", lambda body, _: body[1:] + body[:1], "GET /bytes/65537 got body"),
        ("/echo", lambda body, _: body.replace(b"\r\n", b"\n"), "POST /echo got"),
        ("/nowhere", lambda body, _: body + b"!", "GET /nowhere got"),
        ("/pid", lambda body, _: b"me", "GET /pid got status 200, body b'me' instead of a process id"),
    ],
)
def test_one_wrong_byte_at_any_endpoint_is_named(app: Any, path: str, change: Any, sentence: str) -> None:
    with werkzeug(changed(app, path, change)) as url:
        fault = probe.verify(url)
    assert fault is not None
    assert fault.startswith(sentence)


@pytest.mark.fault("server", "answers before the delay that it was asked for", "`bench check` says how early it was")
def test_an_answer_before_its_delay_is_over_is_wrong(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [question.delay for question in probe.QUESTIONS if question.delay] == [0.03]
    # However slow this machine is, what comes in time at all comes before such a delay is over.
    slow = (replace(one, delay=probe.TIMEOUT) if one.delay else one for one in probe.QUESTIONS)
    monkeypatch.setattr(probe, "QUESTIONS", tuple(slow))

    def hasty(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        return app({**environ, "PATH_INFO": "/" if path.startswith("/delay/") else path}, start_response)

    with werkzeug(hasty) as url:
        assert "instead of 10.0 s" in str(probe.verify(url))


def test_a_server_that_goes_away_is_a_sentence_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert str(probe.verify(f"http://127.0.0.1:{port}")).startswith("GET / got no answer: ")


def test_the_manner_of_a_server_that_keeps_connections() -> None:
    with waitress() as url:
        manner = probe.manner(url)
        whole = probe.answers(url)
    assert (manner.http_version, manner.keep_alive, manner.keep_alive_http10) == ("HTTP/1.1", True, True)
    assert manner.server == "waitress"
    assert manner.response_bytes == whole.received


def test_the_manner_of_a_server_that_closes_them_and_speaks_an_older_version(app: Any) -> None:
    with werkzeug(app, threaded=False) as url:
        manner = probe.manner(url)
    assert (manner.http_version, manner.keep_alive, manner.keep_alive_http10) == ("HTTP/1.0", False, False)
    assert str(manner.server).startswith("Werkzeug/")


@pytest.mark.parametrize("threads", [1, 3])
def test_slots_are_as_many_as_there_are_threads(threads: int) -> None:
    with waitress(threads) as url:
        assert probe.measured_slots(url, threads, 0.1) == threads


def test_more_slots_than_expected_are_seen_as_more() -> None:
    with waitress(8) as url:
        assert probe.measured_slots(url, 2, 0.5) > 2


def test_fewer_slots_than_expected_are_seen_as_fewer() -> None:
    with waitress(2) as url:
        assert probe.measured_slots(url, 4, 0.04) == 2


def test_no_answer_at_all_is_no_slot() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert probe.measured_slots(f"http://127.0.0.1:{port}", 2, 0.01) == 0


@given(slots=st.integers(1, 20), late=st.lists(st.floats(0, 0.2), min_size=50, max_size=50))
def test_slots_are_counted_rightly_however_unevenly_a_server_is_late(slots: int, late: list[float]) -> None:
    free = [0.0] * slots
    elapsed = []
    for lateness in late[: 2 * slots + 2]:
        heapq.heappush(free, heapq.heappop(free) + 1)
        elapsed.append(max(free) + lateness)
    assert probe._slots(elapsed, 1) == slots


def test_answers_that_were_held_back_and_come_together_add_no_slots() -> None:
    """Tornado's WSGIContainer, four threads: what reads the first answers queues behind the second requests."""
    assert probe._slots([0.41, 0.41, 0.41, 0.41, 0.42, 0.42, 0.42, 0.42, 0.61, 0.61], 0.2) == 4


def test_worker_pids_are_those_that_answered(app: Any) -> None:
    with werkzeug(app) as url:
        assert probe.worker_pids(url, 3) == [os.getpid()] * 3


def test_what_a_row_lacks_is_not_asked_of_it_but_must_be_lacking() -> None:
    def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        if environ["PATH_INFO"] == "/delay/30":
            start_response("501 NOT YET", [])
            return [b""]
        return list(resolve_name("wsgi_app:app")(environ, start_response))

    sys.path.insert(0, str(APPS))
    try:
        with werkzeug(app) as url:
            assert "/delay/30" in str(probe.verify(url))
            assert probe.verify(url, {"/delay": "not yet"}) is None
            assert probe.verify(url, {"GET /delay/30": "not yet"}) is None
            assert probe.verify(url, {"/delay": "", "/pid": ""}) == "/pid is answered, which is said to be lacking"
    finally:
        sys.path.remove(str(APPS))
