"""The four interfaces of the application give the same answers, byte for byte."""

import asyncio
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.model import BODY
from bench.probe import QUESTIONS, Question
from bench.rows.catalog import assets, load_catalog
from bench.wire import Conversation

APPS = assets() / "apps"
CATALOG = load_catalog()
INTERFACES = ("wsgi", "wsgi-bare", "asgi", "tornado")
"""Those that can be asked without the row that serves them; test_rows.py asks the others."""


class Said(NamedTuple):
    status: int
    kind: str
    length: str
    body: bytes


Ask = Callable[[str, str, bytes], Said]


def through_wsgi(app: Any) -> Ask:
    def ask(path: str, method: str, body: bytes) -> Said:
        environ: dict[str, Any] = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "wsgi.input": io.BytesIO(body)}
        # PEP 3333: bytes of the path, each as the character of its number.
        environ["PATH_INFO"], _, environ["QUERY_STRING"] = path.encode().decode("latin-1").partition("?")
        environ["CONTENT_LENGTH"] = str(len(body))
        setup_testing_defaults(environ)
        started: list[tuple[str, dict[str, str]]] = []
        parts = app(environ, lambda status, headers, *_: started.append((status, dict(headers))))
        content = b"".join(parts)
        getattr(parts, "close", lambda: None)()
        status, headers = started[0]
        return Said(int(status[:3]), headers["Content-Type"], headers["Content-Length"], content)

    return ask


def through_asgi(app: Any) -> Ask:
    async def conversation(path: str, method: str, body: bytes) -> Said:
        plain, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": plain, "query_string": query.encode(), "headers": []}
        middle = len(body) // 2
        coming: list[dict[str, Any]] = [
            {"type": "http.request", "body": body[:middle], "more_body": True},
            {"type": "http.request", "body": body[middle:]},
        ]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return coming.pop(0)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app(scope, receive, send)
        headers = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Said(sent[0]["status"], headers["content-type"], headers["content-length"], content)

    return lambda *question: asyncio.run(conversation(*question))


def through_http(url: str) -> Ask:
    def ask(path: str, method: str, body: bytes) -> Said:
        with Conversation(url, 20) as server:
            answer = server.ask(quote(path, safe="/?=%"), method, body)
        return Said(
            answer.status, answer.header("content-type") or "", answer.header("content-length") or "", answer.body
        )

    return ask


def tornado_serving(app: Any) -> Iterator[str]:
    """A Tornado application on a free port, its loop in a thread."""
    ready = threading.Event()
    url: list[str] = []
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        over = asyncio.Event()
        server = app.listen(0, "127.0.0.1")
        port = next(iter(server._sockets.values())).getsockname()[1]
        url.append(f"http://127.0.0.1:{port}")
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(over.set))
        ready.set()
        await over.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    yield url[0]
    stop[0]()
    thread.join()


@pytest.fixture(scope="module")
def interfaces() -> Iterator[dict[str, Ask]]:
    sys.path.insert(0, str(APPS))
    apps = {name: resolve_name(CATALOG.apps[name].target) for name in INTERFACES}
    serving = tornado_serving(apps["tornado"])
    yield {
        "wsgi": through_wsgi(apps["wsgi"]),
        "wsgi-bare": through_wsgi(apps["wsgi-bare"]),
        "asgi": through_asgi(apps["asgi"]),
        "tornado": through_http(next(serving)),
    }
    next(serving, None)
    sys.path.remove(str(APPS))


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: f"{question.method} {question.path}")
def test_every_interface_answers_what_the_probe_expects(
    question: Question, interface: str, interfaces: dict[str, Ask]
) -> None:
    said = interfaces[interface](question.path, question.method, question.sent)
    length = len(BODY) if question.method == "HEAD" else len(question.body)
    assert said == Said(question.status, question.kind, str(length), question.body)


# A path that begins with two slashes is left out: Werkzeug takes them for one before any app sees them.
SEGMENTS = ["", "json", "pid", "echo", "delay", "bytes", "0", "1", "007", "10485761", "60001", "-1", "1.5", "٣", "x"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    segments=st.just([""]) | st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).filter(lambda found: found[0]),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]),
    body=st.binary(max_size=2000),
)
@example(segments=["json", ""], method="GET", body=b"")
@example(segments=["bytes", "", "1"], method="GET", body=b"")
@example(segments=["bytes", "10485760"], method="HEAD", body=b"")
@example(segments=["echo"], method="POST", body=b"\r\n\r\n\0")
def test_all_interfaces_agree_on_any_path_method_and_body(
    segments: list[str], method: str, body: bytes, interfaces: dict[str, Ask]
) -> None:
    path = "/" + "/".join(segments)
    answers = {ask(path, method, body if method == "POST" else b"") for ask in interfaces.values()}
    assert len(answers) == 1


def test_the_process_id_is_the_workers_own(interfaces: dict[str, Ask]) -> None:
    assert {ask("/pid", "GET", b"").body for ask in interfaces.values()} == {str(os.getpid()).encode()}


def test_the_bare_app_keeps_to_the_wsgi_protocol(interfaces: dict[str, Ask]) -> None:
    app = resolve_name(CATALOG.apps["wsgi-bare"].target)
    for path, method, body in [("/", "GET", b""), ("/echo", "POST", b"word"), ("/nowhere", "GET", b"")]:
        assert through_wsgi(validator(app))(path, method, body) == interfaces["wsgi"](path, method, body)


def test_the_asgi_app_starts_up_and_shuts_down_when_told(interfaces: dict[str, Ask]) -> None:
    app = resolve_name(CATALOG.apps["asgi"].target)
    coming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return coming.pop(0)

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_every_launcher_starts_some_row() -> None:
    commands = " ".join(command for server in CATALOG.servers.values() for command in server.run)
    files = "".join(text for server in CATALOG.servers.values() for text in CATALOG.templates(server).values())
    named = commands + files
    assert [path.stem for path in sorted(APPS.glob("on_*.py")) if path.stem not in named] == []


def test_apps_need_nothing_of_the_harness() -> None:
    assert [path.name for path in Path(APPS).glob("*.py") if "bench" in path.read_text()] == []
