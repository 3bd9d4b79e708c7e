"""What is told of this machine and of who uses it: folders by what they are, and nothing that opens a door.

Text of servers and of users' own tables goes into records, logs and reports that are published: secrets are left out of
it by the names that they have here, by how they are introduced, and by how they look.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from bench.rows.catalog import assets

_HIDDEN = "[…]"
_NAME_OF_SECRET = re.compile(
    r"(?i)secret|token|passw|passphrase|credential|api_?key|access_?key|private_?key|database_url|(^|_)(key|pat|dsn|auth)$"
)
_SHORTEST = 8
"""Shorter values are words that stand anywhere."""
_HEADERS = {"set-cookie", "cookie", "authorization", "proxy-authorization", "x-api-key", "www-authenticate"}
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), _HIDDEN),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^/\s@'\"<>]{1,500}@"), rf"\1{_HIDDEN}@"),
    (re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*[:=]\s*)[^\r\n]+"), rf"\1\2{_HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{8,}"), rf"\1 {_HIDDEN}"),
    (
        re.compile(
            r"(?i)(\b[\w-]{0,60}(?:secret|token|passw(?:or)?d|passphrase|credential|api[_-]?key|access[_-]?key)[\w-]{0,60}"
            r"['\"]?\s*[:=]\s*)(?!\[…\])(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s'\"&;,)\]}]+)"
        ),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_|pypi-)[\w-]{16,}"), _HIDDEN),
    (re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"), _HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), _HIDDEN),
)


def discreet(text: str, given: Mapping[str, str] | None = None) -> str:
    """Text without this machine's paths, names and secrets; what is `given` to an app by --env is a secret too."""
    for value, name in _secrets(given or {}):
        text = text.replace(value, f"${name}")
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    for pattern, name in _folders():
        text = pattern.sub(name, text)
    return text


def header(name: str, value: str) -> tuple[str, str]:
    """A header of an answer as it may be kept."""
    return name, _HIDDEN if name.lower() in _HEADERS else discreet(value)


def clean(log: Path, given: Mapping[str, str] | None = None) -> None:
    """Make a log that nobody writes to any more discreet; nothing where there is none."""
    with suppress(OSError):
        said = log.read_bytes()
        told = discreet(said.decode(errors="surrogateescape"), given).encode(errors="surrogateescape")
        if told != said:
            log.write_bytes(told)


def _secrets(given: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Values of variables and their names, the longest first: one may be a part of another."""
    ours = {name: value for name, value in os.environ.items() if _NAME_OF_SECRET.search(name)}
    values = {value: name for name, value in (ours | dict(given)).items() if len(value) >= _SHORTEST}
    return sorted(values.items(), key=lambda one: -len(one[0]))


def _folders() -> Iterator[tuple[re.Pattern[str], str]]:
    """The folders of this machine and its user, what lies in another before that, and what each is."""
    places = [(assets(), "."), (Path(sys.prefix), "ENVIRONMENT"), *((home, "HOME") for home in _homes())]
    for place, name in places:
        # In a container the home may be the root of everything.
        if len(place.parts) > 1:
            yield re.compile(rf"(?<![\w.-]){re.escape(str(place))}(?![\w.-])"), name
    if user := _user():
        beside = rf"(?<=[/\\]){user}(?=[/\\\s'\":,]|$)|(?<![\w.-]){user}(?=@)"
        yield re.compile(rf"{beside}|(?<=USER=){user}\b|(?<=LOGNAME=){user}\b"), "USER"


def _homes() -> list[Path]:
    found = []
    for known in (Path.home, partial(Path("~" + (_user() or "")).expanduser)):
        with suppress(RuntimeError, KeyError):
            found.append(known())
    return list(dict.fromkeys(found))


def _user() -> str | None:
    """The user's name; None for root, which is nobody's."""
    if sys.platform == "win32":
        return os.environ.get("USERNAME")
    import pwd

    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return None
    return name if name != "root" else None
