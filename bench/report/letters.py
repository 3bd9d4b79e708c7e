"""The letters of a terminal: every mark that text here is drawn with has a plain one for terminals without Unicode."""

import sys

_IN_ASCII = str.maketrans(
    {
        "█": "#",
        "▒": "=",
        "·": ".",
        "µ": "u",
        "±": "~",
        "\N{EN DASH}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "…": ".",
        "✗": "x",
        "─": "-",
        "│": "|",
        "●": "o",
        "○": "o",
        "→": ">",
        **dict(zip("▁▂▃▄▅▆▇", "_.:-=+*", strict=True)),
        "\ufffd": "?",
    }
)


def written(text: str, unicode: bool | None = None) -> str:
    """Text as standard output can show it, without blanks at the ends of lines; None asks the terminal."""
    unicode = _speaks_unicode() if unicode is None else unicode
    text = text if unicode else text.translate(_IN_ASCII).encode("ascii", "replace").decode()
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def _speaks_unicode() -> bool:
    try:
        "█▒±µ✗…─│●→".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
