"""How figures and names are written: units, rounding and lists, alike in every kind of report."""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from bench.judgement import Estimate
from bench.model import Bytes, Seconds
from bench.stats import Rank

Say: TypeAlias = Callable[[float], str]
"""How a kind of figure is written, with its unit."""

_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def plain(text: str) -> str:
    """Text from elsewhere without what would move a cursor, colour a terminal or turn the reading direction."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", _SEQUENCES.sub("", text))


def number(value: float) -> str:
    """Three significant digits, or all digits before the point: 0.0123, 1.20, 12.3, 123, 1,234."""
    return f"{value:,.0f}" if abs(value) >= 99.95 or not value else f"{value:#.3g}"


def rate(value: float) -> str:
    return f"{number(value)}/s"


def time(seconds: Seconds) -> str:
    if seconds < 0.9995e-3:
        return f"{number(seconds * 1e6)} µs"
    return f"{number(seconds * 1e3)} ms" if seconds < 0.9995 else f"{number(seconds)} s"


def size(count: Bytes | float) -> str:
    """Decimal: 1 MB is a million bytes."""
    if count < 1e6:
        return f"{number(count)} B"
    return f"{number(count / 1e6)} MB" if count < 0.9995e9 else f"{number(count / 1e9)} GB"


def share(value: float) -> str:
    return f"{100 * value:.3g} %"


def spread(estimate: Estimate) -> str:
    """Half the interval's width in percent of the value: `±3 %`; nothing without an interval."""
    if estimate.low is None or estimate.high is None or not estimate.value:
        return ""
    percent = 100 * max(estimate.high - estimate.value, estimate.value - estimate.low) / estimate.value
    return f"±{percent:.0f} %" if percent >= 9.95 else f"±{percent:.1f} %"


def place(rank: Rank | None) -> str:
    if rank is None:
        return ""
    return f"{rank[0]}" if rank[0] == rank[1] else f"{rank[0]}\N{EN DASH}{rank[1]}"


def times(ratio: float) -> str:
    return f"{ratio:.2g} times" if ratio < 9.95 else f"{ratio:.0f} times"


def listed(words: Sequence[str], most: int = 4) -> str:
    """`a, b and c`; beyond `most` the rest is counted."""
    if len(words) > most + 1:
        words = [*words[:most], f"{len(words) - most} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def whole(count: float) -> str:
    return f"{count:,.0f}"
