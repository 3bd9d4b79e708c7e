"""A comparison as Markdown that fits a comment on a pull request."""

from bench.compare import Change, Comparison
from bench.report.comparison import changed, headline, named, reach, remarks, step, value, what_changed
from bench.report.escaping import markdown as escaped

_FEW_ROWS = 4
_MOST_DIFFERENCES = 20
_MARKS = {"worse": "✗", "better": "✓", None: ""}


def page(comparison: Comparison) -> str:
    """Headline, what was not the same, and the table; nothing from a server or a file can break out of its cell."""
    parts = [
        f"**{escaped(headline(comparison))}**",
        "\n".join(f"- {escaped(remark)}" for remark in remarks(comparison)),
        _what_changed(comparison),
        _table(comparison),
        _circumstances(comparison),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _what_changed(comparison: Comparison) -> str:
    lines = [
        f"- {escaped(group)}, {escaped(one.name)}: {escaped(changed(one))}"
        for group, found in what_changed(comparison.differences)
        for one in found
    ]
    if not lines:
        return ""
    more = [f"- {len(lines) - _MOST_DIFFERENCES} more"] if len(lines) > _MOST_DIFFERENCES else []
    inside = "\n".join([*lines[:_MOST_DIFFERENCES], *more])
    return f"<details><summary>Not the same: {len(lines)}</summary>\n\n{inside}\n\n</details>"


def _table(comparison: Comparison) -> str:
    few = len(comparison.rows) <= _FEW_ROWS
    shown = [one for one in comparison.changes if few or one.direction or one.metric in ("cpu", "throughput")]
    if not shown:
        return ""
    head = "| row | figure | before | after | ratio | 95 % | |\n|:--|:--|--:|--:|--:|:--|:--|"
    return "\n".join([head, *map(_line, shown)])


def _line(change: Change) -> str:
    why = f": {change.because}" if change.because else ""
    cells = [
        escaped(change.row),
        named(change),
        value(change, change.before),
        value(change, change.after),
        step(change.ratio.value) if change.ratio else "",
        reach(change.ratio),
        f"{_MARKS[change.direction]} {change.word}{escaped(why)}".strip(),
    ]
    return f"| {' | '.join(cells)} |"


def _circumstances(comparison: Comparison) -> str:
    runs = " · ".join(
        f"{side}: {run.folder}, {run.started}{f', commit {run.commit}' if run.commit else ''}"
        for side, run in zip((comparison.before, comparison.after), comparison.runs, strict=True)
    )
    return f"<sub>Ratios are after / before with 95 % intervals over launches. {escaped(runs)}.</sub>"
