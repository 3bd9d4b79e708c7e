"""Every way of answering is read, and what is not an answer is an error of the connection."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import probe
from bench.wire import Answer, Conversation, GarbledError

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello World!"


@contextmanager
def saying(*pieces: bytes, listener: socket.socket | None = None, hold: bool = False) -> Iterator[str]:
    """A server that answers its one connection with these pieces, whatever is asked, and hangs up unless it holds."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            for piece in pieces:
                connection.sendall(piece)
            if hold:
                over.wait(20)

    thread = threading.Thread(target=answer)
    thread.start()
    with listener:
        try:
            host, port = listener.getsockname() if listener.family == socket.AF_INET else ("", 0)
            yield f"http://{host}:{port}"
        finally:
            over.set()
            thread.join()


def asked(*pieces: bytes, timeout: float = 10, **more: Any) -> Answer:
    with saying(*pieces, **more) as url:
        return probe.answers(url, timeout)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (HELLO, b"Hello World!"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO, b"Hello World!"),
        (b"HTTP/1.0 200 OK\r\n\r\nHello World!", b"Hello World!"),
        (
            b"HTTP/1.1 200 \r\ntransfer-encoding: Chunked\r\n\r\n6;x=y\r\nHello \r\n6\r\nWorld!\r\n0\r\n\r\n",
            b"Hello World!",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: b\r\n\r\n", b"a"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_every_framing_is_read_whole_or_in_single_bytes(answer: bytes, body: bytes) -> None:
    whole = asked(answer)
    single = asked(*(answer[place : place + 1] for place in range(len(answer))))
    assert whole.body == single.body == body
    assert whole.received == single.received == len(answer)
    assert whole.headers == single.headers


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nHello",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: twelve\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
        b"x" * 200_000,
        HELLO + b"and more",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nHello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n0123456789",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
        b"HTTP/1.1\x1b[2J 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_not_one_whole_answer_is_an_error_not_an_answer(answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        asked(answer)


@given(answer=st.binary(max_size=200))
def test_no_noise_does_more_than_raise_an_error_of_the_connection(answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        asked(answer)


def test_a_server_that_never_ends_its_answer_costs_no_more_than_the_time_given() -> None:
    with pytest.raises(TimeoutError, match="only 43 bytes"):
        asked(HELLO[:43], timeout=0.2, hold=True)


def test_a_refused_connection_is_an_error_of_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        probe.answers(f"http://127.0.0.1:{port}/", 5)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Windows has no unix sockets")
def test_a_unix_socket_is_asked_by_its_quoted_path(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "app.sock"))
    listener.listen()
    with saying(HELLO, listener=listener):
        answer = probe.answers(f"http+unix://{quote(str(tmp_path / 'app.sock'), safe='')}/")
    assert probe.is_right(answer)


def test_the_first_of_a_header_is_found_whatever_its_capitals() -> None:
    answer = asked(b"HTTP/1.1 200 OK\r\nSERVER:  one \r\nServer: two\r\nContent-Length: 0\r\n\r\n")
    assert answer.header("server") == "one"
    assert answer.header("date") is None


def test_a_body_that_is_refused_early_still_brings_its_answer() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with saying(refusal, hold=True) as url, Conversation(url, 10) as server:
        server._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        assert server.ask("/echo", "POST", b"x" * 4096).status == 413


def test_a_garbled_answer_is_an_error_of_the_connection() -> None:
    assert issubclass(GarbledError, OSError)
