"""What only other rows or the row's own table can tell: unlike slots, unlike protocol, faster with more to do."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from bench import stats
from bench.judgement import Finding
from bench.model import Manner, Rendered
from bench.validity.evidence import Evidence

SLOTS_LOOKED_AT = 32
"""More requests at once than that are not tried."""
SLOTS_LAUNCHES = 3
"""The kernel hands connections to workers as it likes: so many launches must have shown too few."""
UNLIKE_BYTES = 2.0
BARE = "-bare"
FAR_SLOWER = 0.5
"""Of a single launch each, where nothing tells an interval."""

Class = tuple[str, bool]
"""Rows of the same one may be compared without a word: the HTTP version, and whether connections are kept alive."""


def slots(evidence: Evidence) -> Iterable[Finding]:
    """SLOTS: it works on another number of requests at once than its table says; the most that any launch showed."""
    expected = evidence.rendered.slots if evidence.rendered else None
    seen = [record.slots for record in evidence.good if record.slots is not None]
    if expected is not None and seen:
        sought, most = min(expected, SLOTS_LOOKED_AT), min(max(seen), SLOTS_LOOKED_AT)
        few = most < sought and len(seen) < SLOTS_LAUNCHES
        told = f"it worked on {most} requests at once where its settings come to {expected}"
        told += f", in {len(seen)} launch{'es' * (len(seen) > 1)}"
        told += f"; tried up to {sought}" if sought < expected else ""
        yield Finding("SLOTS", most == sought or few, told)


def across(rows: Mapping[str, Evidence]) -> dict[str, list[Finding]]:
    """What each row's findings are when it is held against the others; empty for most."""
    return {name: [*_protocol(name, rows), *_slower_than_more(name, rows)] for name in rows}


def protocol(manner: Manner) -> Class:
    return manner.http_version, manner.keep_alive


def spoken(evidence: Evidence) -> Manner | None:
    return next((record.manner for record in evidence.good if record.manner), None)


def _protocol(name: str, rows: Mapping[str, Evidence]) -> Iterator[Finding]:
    """PROTOCOL: a row speaks otherwise than most, so that a part of the difference is not the server's doing."""
    manners = {row: manner for row, evidence in rows.items() if (manner := spoken(evidence))}
    ours = manners.get(name)
    if ours is None or len(manners) < 2:
        return
    usual, count = Counter(map(protocol, manners.values())).most_common(1)[0]
    alike = [manner for manner in manners.values() if protocol(manner) == usual]
    size = sorted(manner.response_bytes for manner in alike)[len(alike) // 2]
    unlike = not 1 / UNLIKE_BYTES <= ours.response_bytes / size <= UNLIKE_BYTES
    told = f"it speaks {_described(protocol(ours))}"
    if protocol(ours) != usual:
        told += f"; {count} of {len(manners)} rows speak {_described(usual)}"
    if unlike:
        told += f"; its answers have {ours.response_bytes} bytes, others' {size}"
    yield Finding("PROTOCOL", protocol(ours) == usual and not unlike, told)


def _described(spoken: Class) -> str:
    version, keeps = spoken
    return f"HTTP/{version.removeprefix('HTTP/')}, {'keeping connections' if keeps else 'closing each connection'}"


def _slower_than_more(name: str, rows: Mapping[str, Evidence]) -> Iterator[Finding]:
    """IMPOSSIBLE: the bare app is slower than the same one under a framework, by the same server."""
    bare = rows[name].rendered
    if bare is None or not bare.serves.endswith(BARE):
        return
    for other, evidence in rows.items():
        if evidence.rendered is None or not _same_but_app(bare, evidence.rendered):
            continue
        ratio = _throughput_ratio(rows[name], evidence)
        if ratio:
            value, high = ratio
            told = f"with nothing but the bare app it reaches {value:.2f} of {other}'s throughput"
            yield Finding("IMPOSSIBLE", high >= 1 if high is not None else value >= FAR_SLOWER, told)


def _same_but_app(bare: Rendered, other: Rendered) -> bool:
    """Whether two rows are one server with one word of its commands changed: the app."""
    if other.serves != bare.serves.removesuffix(BARE) or len(other.commands) != len(bare.commands):
        return False
    pairs = list(zip(bare.commands, other.commands, strict=True))
    unlike = sum(one != two for ours, theirs in pairs for one, two in zip(ours, theirs, strict=False))
    return unlike <= 1 and all(len(ours) == len(theirs) for ours, theirs in pairs)


def _throughput_ratio(ours: Evidence, theirs: Evidence) -> tuple[float, float | None] | None:
    """Ours by theirs and the upper end of its interval, over the rounds that both have; None without a common one."""
    sides = [row.per_launch(row.closed, lambda window: window.throughput) for row in (ours, theirs)]
    common = sorted(sides[0].keys() & sides[1].keys())
    if not common:
        return None
    ratio = stats.paired_ratio([math.log(sides[0][at] / sides[1][at]) for at in common])
    return ratio.value, ratio.high
