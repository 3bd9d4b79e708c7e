"""What can go wrong through no fault of the harness: each error is a sentence that names the thing and the way out."""

from collections.abc import Iterable
from difflib import get_close_matches


class BenchError(Exception):
    """Something the user can put right; shown as `bench: <sentence>`, exit code 2."""


class ConfigurationError(BenchError):
    """A file or an option says something that cannot be followed."""


class ServerError(BenchError):
    """A server did not start, did not answer rightly, or died; it costs its row a failed record, not the run."""


class DriverError(BenchError):
    """A load driver is missing, crashed, hung or said nothing that could be understood."""


class JournalError(BenchError):
    """A results file cannot be read or written."""


def shown(text: str, most: int = 300) -> str:
    """Somebody's words as a part of a sentence: of bounded length, and nothing in them that a terminal would obey."""
    words = text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in words)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to end an error with, or nothing when no known word is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
