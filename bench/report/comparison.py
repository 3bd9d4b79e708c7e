"""A comparison in words: the answer in a sentence, what must be known before a ratio is read, how one is said."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from bench import stats
from bench.compare import NOT_COMPARABLE, Change, Comparison
from bench.differences import Difference
from bench.judgement import Estimate
from bench.report import wording
from bench.report.headline import counted
from bench.report.wording import listed, plain

SHORT: Mapping[str, str] = {
    "cpu": "CPU",
    "throughput": "responses/s",
    "p50": "p50",
    "p99": "p99",
    "memory": "memory",
    "start": "cold start",
    "availability": "right answers",
}
SAY: Mapping[str, Callable[[float], str]] = {
    "cpu": wording.time,
    "throughput": wording.rate,
    "p50": wording.time,
    "p99": wording.time,
    "memory": wording.size,
    "start": wording.time,
    "availability": lambda value: f"{100 * value:.4g} %",
}
"""How each metric is named where room is short, and how its values are written."""

MINUS = "\N{MINUS SIGN}"
_ENOUGH_ROWS = 4
_OPEN = 100
"""An interval whose ends are so many times apart says nothing."""
_GROUPS = ("machine", "versions", "settings", "loads", "protocol")


def headline(comparison: Comparison) -> str:
    """The answer in one sentence: what is surely worse, else what is better, else that nothing can be told."""
    if not comparison.rows and not comparison.vanished:
        return f"{comparison.before} and {comparison.after} have no row in common."
    if comparison.lost or comparison.vanished:
        return _gone(comparison)
    worse, better = _by_row(comparison.worse), _by_row(comparison.better)
    if len(comparison.rows) == 1 and (worse or better):
        return _one_row(comparison)
    if worse:
        told = f"{counted(len(worse), 'row').capitalize()} of {len(comparison.rows)}"
        return f"{told} {_are(worse)} surely worse in {comparison.after} than in {comparison.before}: {_rows(worse)}."
    if better:
        told = f"No row is surely worse in {comparison.after} than in {comparison.before}"
        return f"{told}, {counted(len(better), 'row')} {_are(better)} better: {_rows(better)}."
    if not comparison.decided:
        return f"Nothing can be decided between {comparison.before} and {comparison.after}: {_mostly(comparison)}."
    return f"No difference between {comparison.before} and {comparison.after} is certain."


def remarks(comparison: Comparison) -> list[str]:
    """What else must be known before a ratio is read."""
    return [
        sentence
        for sentence in (
            _machines(comparison),
            _shift(comparison),
            *_missing(comparison),
            _improved(comparison),
            _not_comparable(comparison),
        )
        if sentence
    ]


def named(change: Change) -> str:
    return SHORT[change.metric]


def step(ratio: float) -> str:
    """A ratio as what it adds or takes, in percent, and from twice on as how many times."""
    if ratio >= 2 or ratio <= 0:
        return f"{wording.number(ratio)} \N{MULTIPLICATION SIGN}"
    percent = 100 * (ratio - 1)
    digits = 0 if abs(percent) >= 9.95 else 1 if abs(percent) >= 0.0995 else 2
    said = f"{abs(percent):.{digits}f}"
    if not float(said):
        return "0 %"
    return f"{'+' if percent > 0 else MINUS}{said} %"


def reach(ratio: Estimate | None) -> str:
    """The interval of a ratio, written as its steps; nothing without one."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return ""
    if ratio.high > _OPEN * ratio.low:
        return "too wide to say"
    return f"{step(ratio.low)} to {step(ratio.high)}"


def value(change: Change, known: float | None) -> str:
    return "" if known is None else SAY[change.metric](known)


def what_changed(differences: Iterable[Difference]) -> list[tuple[str, list[Difference]]]:
    """The differences by group: around the rows first, then row by row."""
    groups: dict[str, list[Difference]] = {name: [] for name in _GROUPS}
    for one in differences:
        groups.setdefault(one.group, []).append(one)
    return [(name, found) for name, found in groups.items() if found]


def changed(difference: Difference) -> str:
    """One difference as text: `27.0.1 → 28.0.0`, `only before: …`; longer texts by their lines."""
    if difference.before is None:
        return f"only after: {_clipped(difference.after or '')}"
    if difference.after is None:
        return f"only before: {_clipped(difference.before)}"
    if difference.lines:
        return " · ".join(_clipped(line) for line in difference.lines if not line.startswith("@@"))
    apart = [(before, after) for before, after in difference.pieces if before != after]
    if apart:
        return "; ".join(f"{_clipped(before or 'nothing')} → {_clipped(after or 'nothing')}" for before, after in apart)
    return f"{_clipped(difference.before)} → {_clipped(difference.after)}"


def shift(comparison: Comparison) -> Estimate | None:
    """The step in CPU time per response that all rows made together, rows taken for draws; None for too few of them."""
    steps = [one.ratio.value for one in comparison.changes if one.metric == "cpu" and one.decided and one.ratio]
    if comparison.paired or len(steps) < _ENOUGH_ROWS:
        return None
    return stats.unpaired_ratio(steps, [1.0, 1.0])


def _gone(comparison: Comparison) -> str:
    lost, gone, worse = [*comparison.lost], [*comparison.vanished], _by_row(comparison.worse)
    said = [
        f"{listed(lost)} {'works' if len(lost) == 1 else 'work'} no longer" if lost else "",
        f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} not there" if gone else "",
        f"{_rows(worse)} {_are(worse)} surely worse" if worse else "",
    ]
    return f"In {comparison.after}, {listed([*filter(None, said)])}."


def _one_row(comparison: Comparison) -> str:
    said = [
        f"{word} in {listed([_figure(one, '({})') for one in found], 6)}"
        for word, found in (("worse", comparison.worse), ("better", comparison.better))
        if found
    ]
    return f"{comparison.after} is surely {', '.join(said)} than {comparison.before}."


def _by_row(changes: Sequence[Change]) -> dict[str, list[Change]]:
    rows: dict[str, list[Change]] = {}
    for one in changes:
        rows.setdefault(one.row, []).append(one)
    return rows


def _rows(rows: Mapping[str, Sequence[Change]]) -> str:
    return listed([f"{name} ({', '.join(map(_figure, found[:2]))})" for name, found in rows.items()], 3)


def _figure(change: Change, how: str = "{}") -> str:
    return f"{named(change)} {how.format(step(change.ratio.value))}" if change.ratio else named(change)


def _are(rows: Mapping[str, object]) -> str:
    return "is" if len(rows) == 1 else "are"


def _mostly(comparison: Comparison) -> str:
    reasons = Counter(plain(one.because or "") for one in comparison.changes)
    return next((reason for reason, _ in reasons.most_common(1)), "there is nothing to compare")


def _machines(comparison: Comparison) -> str:
    found = [one.name for one in comparison.differences if one.group == "machine"]
    return f"The machines are not the same ({listed(found)}): ratios are theirs as well as the rows'." if found else ""


def _shift(comparison: Comparison) -> str:
    together = shift(comparison)
    if together is None or together.low is None or together.high is None or together.low <= 1 <= together.high:
        return ""
    return (
        f"All rows together cost {step(together.value)} CPU time per response: what moves all of them is rather the "
        "machine, or a version that they share, than any row."
    )


def _missing(comparison: Comparison) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for name, why in comparison.vanished.items():
        reasons.setdefault(plain(why), []).append(name)
    return [
        *(f"Vanished: {listed(names, 8)}: {why.rstrip('.')}." for why, names in reasons.items()),
        *(f"{name} worked before: {plain(why)}" for name, why in comparison.lost.items()),
        f"New in {comparison.after}: {listed(comparison.new, 8)}." if comparison.new else "",
    ]


def _improved(comparison: Comparison) -> str:
    better = _by_row(comparison.better)
    if not better or len(comparison.rows) == 1 or not (comparison.worse or comparison.lost or comparison.vanished):
        return ""
    return f"Surely better: {_rows(better)}."


def _not_comparable(comparison: Comparison) -> str:
    left = [one for one in comparison.changes if one.word == NOT_COMPARABLE]
    return (
        f"{counted(len(left), 'figure').capitalize()} of {len(comparison.changes)} cannot be compared." if left else ""
    )


def _clipped(text: str, most: int = 200) -> str:
    text = plain(" ".join(text.split()))
    return text if len(text) <= most else f"{text[: most - 1]}…"
