"""The application as bare WSGI: what Flask costs is the difference between this and `flask_app`."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from answers import BINARY, BODY, CSS, JSON, LARGEST, LONGEST, NOT_FOUND, TEXT, file, message, number, pattern

Environ = dict[str, Any]
Answer = tuple[str, str, bytes]
MISSING: Answer = ("404 NOT FOUND", TEXT, NOT_FOUND)


def app(environ: Environ, start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    status, kind, body = answer(environ)
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def answer(environ: Environ) -> Answer:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if path == "/echo":
        return ("200 OK", BINARY, read(environ)) if method == "POST" else MISSING
    if method not in ("GET", "HEAD"):
        return MISSING
    match path.split("/")[1:]:
        case [""]:
            return "200 OK", TEXT, BODY
        case ["json"]:
            return "200 OK", JSON, message()
        case ["pid"]:
            return "200 OK", TEXT, str(os.getpid()).encode()
        case ["delay", text] if (pause := number(text, LONGEST)) is not None:
            time.sleep(pause / 1000)
            return "200 OK", TEXT, BODY
        case ["bytes", text] if (size := number(text, LARGEST)) is not None:
            return "200 OK", BINARY, pattern(size)
        case ["static", name] if (content := file(name)) is not None:
            return "200 OK", CSS, content
    return MISSING


def read(environ: Environ) -> bytes:
    """Read the whole body; a chunked one has no length but an end that the server vouches for."""
    stream = environ["wsgi.input"]
    body: bytes = (
        stream.read() if environ.get("wsgi.input_terminated") else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    )
    return body
