"""What every app answers, so that the four interfaces cannot disagree."""

import json
from pathlib import Path

BODY = b"Hello World!"
NOT_FOUND = b"Not Found"
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
BINARY = "application/octet-stream"
CSS = "text/css; charset=utf-8"
STATIC = Path(__file__).resolve().parent / "static"
FILES = frozenset(path.name for path in STATIC.iterdir())
LARGEST = 10 * 1024 * 1024
LONGEST = 60_000
MESSAGE = {"message": "Hello World!", "numbers": [1, 2, 3], "nested": {"true": True, "null": None}}
# 251 is prime: a piece that is lost, doubled or out of place shifts what follows and cannot go unseen.
PATTERN = bytes(range(251))


def number(text: str, limit: int) -> int | None:
    """Read plain digits as a number up to `limit`; None for anything else, which is then an unknown path."""
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
    return value if value is not None and value <= limit else None


def message() -> bytes:
    """Serialise the small object anew, as an application would for each request."""
    return json.dumps(MESSAGE, separators=(",", ":")).encode()


def file(name: str) -> bytes | None:
    """Read a file of the folder `static/` anew, as an application would for each request; None where there is none."""
    return (STATIC / name).read_bytes() if name in FILES else None


def pattern(size: int) -> bytes:
    """Make `size` bytes, the same for every app and every request."""
    return (PATTERN * (size // len(PATTERN) + 1))[:size]
