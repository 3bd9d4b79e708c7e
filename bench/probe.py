"""Asks a server one question at a time: are its answers right, how does it speak, how much does it do at once."""

import re
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil, floor
from urllib.parse import urlsplit, urlunsplit

from bench.model import BODY, Manner, Request, Seconds
from bench.processes.words import plain
from bench.rows.catalog import assets
from bench.system.discretion import discreet, header
from bench.wire import Answer, Conversation

__all__ = ["RIGHT", "Answer", "answers", "is_right", "manner", "measured_slots", "verify", "worker_pids"]

RIGHT = BODY.encode()
HELLO = Request()
"""What every app in `apps/` is asked first, and how it answers."""
TIMEOUT: Seconds = 10.0
_TEXT, _JSON, _BINARY = "text/plain; charset=utf-8", "application/json", "application/octet-stream"
_PATTERN = bytes(range(251))
_MEBIBYTE = 1024 * 1024
_LARGE_POST = (bytes(range(256)) * (_MEBIBYTE // 256 + 1))[1 : _MEBIBYTE + 1]
_PID = re.compile(rb"[0-9]{1,9}")
_ASKED_AGAIN = 5
_MORE = (1, 2, 4)


@dataclass(frozen=True)
class Question:
    """What is asked, and the one right answer, which must not take less than `delay`."""

    path: str
    body: bytes
    kind: str = _TEXT
    status: int = 200
    method: str = "GET"
    sent: bytes = b""
    delay: Seconds = 0.0

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def endpoint(self) -> str:
        return "/" + self.path.partition("?")[0].split("/")[1]


def _bytes(size: int, status: int = 200) -> Question:
    body = (_PATTERN * (size // len(_PATTERN) + 1))[:size]
    return Question(f"/bytes/{size}", body, _BINARY, status)


QUESTIONS: Sequence[Question] = (
    Question("/", RIGHT),
    Question("/?query=of%20no%20concern", RIGHT),
    Question("/", b"", method="HEAD"),
    Question("/delay/0", RIGHT),
    Question("/delay/30", RIGHT, delay=0.03),
    Question("/json", b'{"message":"Hello World!","numbers":[1,2,3],"nested":{"true":true,"null":null}}', _JSON),
    _bytes(0),
    _bytes(1),
    _bytes(65537),
    _bytes(10 * _MEBIBYTE),
    Question("/bytes/10485761", b"Not Found", status=404),
    Question("/echo", b"", _BINARY, method="POST"),
    Question("/echo", b"\r\n\0\xff", _BINARY, method="POST", sent=b"\r\n\0\xff"),
    Question("/echo", _LARGE_POST, _BINARY, method="POST", sent=_LARGE_POST),
    Question("/echo", b"Not Found", status=404),
    Question("/static/style.css", (assets() / "apps" / "static" / "style.css").read_bytes(), "text/css; charset=utf-8"),
    Question("/static/nothing.css", b"Not Found", status=404),
    Question("/nowhere", b"Not Found", status=404),
)
"""Every endpoint of `apps/`, and what lies beside them."""


def answers(url: str, timeout: Seconds = TIMEOUT) -> Answer:
    """GET one URL over a connection of its own. Raises OSError when no whole answer comes in time."""
    with Conversation(url, timeout) as server:
        return server.ask(_path(url))


def is_right(answer: Answer, right: Request = HELLO) -> bool:
    """Whether it is the right answer; before that is known, any which is not the server's own failure."""
    if not right.status:
        return answer.status < 500
    return answer.status == right.status and right.expected in (None, answer.body.decode(errors="replace"))


def verify(url: str, lacks: Collection[str] = ()) -> str | None:
    """Ask every endpoint and compare byte for byte; a sentence on the first wrong answer, or None.

    What a row lacks, be it an endpoint ('/delay') or a question ('HEAD /'), must be lacking.
    """
    asked = [question for question in QUESTIONS if not {question.name, question.endpoint} & {*lacks}]
    fault = next((fault for question in asked if (fault := _fault(url, question))), None)
    if fault or (fault := _pid_fault(url) if "/pid" not in lacks else None):
        return fault
    return next((f"{lack} is answered, which is said to be lacking" for lack in lacks if _has(url, lack)), None)


def steady(url: str, right: Request) -> str | None:
    """Ask what a user's own app was asked before, a few times; a sentence on the first other answer, or None."""
    for _ in range(_ASKED_AGAIN):
        try:
            answer = answers(url + right.path)
        except OSError as error:
            return f"GET {right.path} got no answer: {error}"
        if not is_right(answer, right):
            wanted = f", {_short(right.expected.encode())}" if right.expected is not None else ""
            got = f"status {answer.status}, {_short(answer.body)}"
            return f"GET {right.path} got {got} instead of {right.status}{wanted}"
    return None


def manner(url: str, right: Request = HELLO) -> Manner:
    """How the server at this base URL speaks, found by trying. Raises OSError when it does not answer at all."""
    with Conversation(url, TIMEOUT) as server:
        answer = server.ask(right.path)
    return Manner(
        http_version=answer.http_version,
        keep_alive=bool(_keeps_alive(url, right, "1.1", ())),
        keep_alive_http10=_keeps_alive(url, right, "1.0", ("Connection: keep-alive",)),
        response_bytes=answer.received,
        server=None if (name := answer.header("server")) is None else discreet(plain(name)),
        headers=tuple(header(plain(key), plain(value)) for key, value in answer.headers),
    )


def worker_pids(url: str, count: int) -> list[int]:
    """The process ids that answered `count` simultaneous questions; fewer where some got no answer."""
    said = [answer.body for _, answer in _volley(url, "/pid", count, TIMEOUT)]
    return [int(body) for body in said if _PID.fullmatch(body)]


def measured_slots(url: str, expected: int, delay: Seconds, most: int = 128) -> int:
    """How many requests are worked on at once, looked at with twice as many as expected and two, and up to `most`.

    The kernel hands connections to workers unevenly, and a proxy keeps them so: while fewer slots than expected are
    seen, more is asked at once, so that no worker is left without. 0 when no answer came.
    """
    best = 0
    for more in _MORE:
        count = min(more * (2 * expected + 2), most)
        volley = _volley(url, f"/delay/{round(delay * 1000)}", count, TIMEOUT + delay * count)
        best = max(best, _slots([elapsed for elapsed, answer in volley if is_right(answer)], delay))
        if best >= expected or not volley:
            break
    return best


def _has(url: str, lack: str) -> bool:
    """Whether everything that is said to be lacking is answered rightly."""
    if lack == "/pid":
        return _pid_fault(url) is None
    return not any(_fault(url, question) for question in QUESTIONS if lack in (question.name, question.endpoint))


def _fault(url: str, question: Question) -> str | None:
    try:
        with Conversation(url, TIMEOUT) as server:
            answer = server.ask(question.path, question.method, question.sent)
    except OSError as error:
        return f"{question.name} got no answer: {error}"
    wrong = [f"{name} {_short(seen)} instead of {_short(right)}" for name, seen, right in _compared(question, answer)]
    if answer.first_byte < question.delay:
        wrong.append(f"an answer after {answer.first_byte:.3f} s instead of {question.delay} s")
    return f"{question.name} got {', '.join(wrong)}" if wrong else None


def _compared(question: Question, answer: Answer) -> Iterator[tuple[str, object, object]]:
    length = len(RIGHT) if question.method == "HEAD" else len(question.body)
    pairs = (
        ("status", answer.status, question.status),
        ("Content-Type", answer.header("content-type"), question.kind),
        ("Content-Length", answer.header("content-length"), str(length)),
        ("body", answer.body, question.body),
    )
    return (pair for pair in pairs if pair[1] != pair[2])


def _pid_fault(url: str) -> str | None:
    try:
        answer = answers(f"{url}/pid")
    except OSError as error:
        return f"GET /pid got no answer: {error}"
    right = answer.status == 200 and answer.header("content-type") == _TEXT and _PID.fullmatch(answer.body)
    return None if right else f"GET /pid got status {answer.status}, body {_short(answer.body)} instead of a process id"


def _keeps_alive(url: str, right: Request, http: str, headers: Sequence[str]) -> bool | None:
    """Whether a second question on one connection is answered too; None when the first is not.

    A server that announces its end is not asked again: Werkzeug would read on until we hang up.
    """
    with Conversation(url, TIMEOUT) as server:
        try:
            first = server.ask(right.path, http=http, headers=headers)
        except OSError:
            return None
        try:
            return not first.is_last and is_right(server.ask(right.path, http=http, headers=headers), right)
        except OSError:
            return False


def _volley(url: str, path: str, count: int, timeout: Seconds) -> list[tuple[Seconds, Answer]]:
    """Ask the same on `count` connections at once: when each answer was there, from the first question on."""
    began = time.monotonic()

    def ask(_: int) -> tuple[Seconds, Answer] | None:
        try:
            with Conversation(url, timeout) as server:
                answer = server.ask(path, headers=("Connection: close",))
        except OSError:
            return None
        return time.monotonic() - began, answer

    with ThreadPoolExecutor(count) as askers:
        return [landed for landed in askers.map(ask, range(count)) if landed]


def _slots(elapsed: Sequence[Seconds], delay: Seconds) -> int:
    """The fewest slots that allow answers at these times after the first question: a slot gives one per whole delay.

    A tenth of a delay is forgiven to timers that fire early. Answers that are held back do not add slots by coming
    together, as they would if those in the air at one moment were counted.
    """
    whole = (max(1, floor(time_taken / delay + 0.1)) for time_taken in sorted(elapsed))
    return max((ceil(count / delays) for count, delays in enumerate(whole, 1)), default=0)


def _path(url: str) -> str:
    return urlunsplit(("", "", *urlsplit(url)[2:4], "")) or "/"


def _short(value: object) -> str:
    if isinstance(value, bytes) and len(value) > 40:
        return f"{value[:40]!r}… ({len(value)} bytes)"
    return repr(value)
