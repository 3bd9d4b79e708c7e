"""What is asked and what counts as answered: requests serialised once, answers judged against what was expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random

from bench.drivers.response import LONGEST_BODY, Answer
from bench.model import Request

_PLENTY = 1000
"""At least so many requests are shuffled before their order repeats."""
_MARGIN = 1 << 20
"""How much longer than the right answer, in the smallest of chunks, a wrong one may be to be read to its end."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request as bytes, and the only right answer to it."""

    payload: bytes
    bodiless: bool
    status: int
    expected: bytes | None
    label: tuple[str, str]

    @property
    def longest(self) -> int:
        """The bytes after which it need not be read on, so that answers without end do not fill the memory."""
        return LONGEST_BODY if self.expected is None else 8 * len(self.expected) + _MARGIN

    def fault(self, answer: Answer) -> str | None:
        """The kind of error that an answer is, or None for the right one."""
        if answer.status != self.status:
            return f"status {answer.status}"
        if self.expected is None:
            return None
        if self.bodiless:
            return "body" if answer.length not in (None, len(self.expected)) else None
        return "body" if answer.body != self.expected else None


def serialised(request: Request, host: str, base: str = "", keep_alive: bool = True) -> Question:
    """Put a request into bytes: nothing but what HTTP/1.1 demands, like wrk, so that no server pays for decoration."""
    body = None if request.body is None else request.body.encode()
    lines = [f"{request.method} {base + request.path} HTTP/1.1", f"Host: {host}"]
    if not keep_alive:
        lines.append("Connection: close")
    if body is not None or request.method == "POST":
        lines += ["Content-Type: text/plain", f"Content-Length: {len(body or b'')}"]
    payload = "\r\n".join([*lines, "", ""]).encode() + (body or b"")
    expected = None if request.expected is None else request.expected.encode()
    return Question(payload, request.method == "HEAD", request.status, expected, (request.method, base + request.path))


class Mix:
    """Several questions, each drawn as often as its weight says, in an order that is shuffled once."""

    def __init__(
        self, requests: Sequence[Request], host: str, base: str, seed: int | str, keep_alive: bool = True
    ) -> None:
        self.questions = tuple(serialised(request, host, base, keep_alive) for request in requests)
        turns = [number for number, request in enumerate(requests) for _ in range(request.weight)]
        turns *= -(-_PLENTY // len(turns))
        Random(seed).shuffle(turns)
        self.draw = cycle(turns).__next__
