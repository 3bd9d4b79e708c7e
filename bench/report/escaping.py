"""Text of others made harmless for what reads it: Markdown on GitHub, XML, spreadsheets."""

import re

from bench.report.wording import plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@$&])")
_LINKED = re.compile(r"(?i)(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bgh)(?=-\d)")
"""Where GitHub sees a person, an issue or an address, whatever is escaped: it looks at the text that is left."""
_JOINER = "\N{WORD JOINER}"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = re.compile(r"[=+\-@\t\r]")


def markdown(text: str) -> str:
    """One line that stays text: no markup, no link, nobody notified."""
    return _SPECIAL.sub(r"\\\1", _LINKED.sub(_JOINER, " ".join(plain(text).split())))


def code(text: str) -> str:
    """One line for between backticks, in a table's cell too; nobody is notified and nothing linked there."""
    return " ".join(plain(text).split()).replace("`", "'").replace("|", "\\|").replace("<", "&lt;")


def xml(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold, however they are written."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", plain(text))


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula: what would begin one gets an apostrophe, as OWASP advises."""
    # A carriage return would begin a line where only line feeds are quoted.
    safe = text.replace("\r", " ")
    return f"'{safe}" if _FORMULA.match(text) else safe
