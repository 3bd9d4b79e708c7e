"""Pages of documentation that are worked examples: a stored run beside what somebody published or advised."""

from collections.abc import Sequence

from bench.report import markdown, siege
from bench.report.published import PUBLISHED
from bench.report.rows import Row, Summary
from bench.report.wording import number, time, whole


def siege_page(summary: Summary, others: Sequence[Summary] = ()) -> str:
    """The test of 2016 repeated: what was published, what this run says in the same columns, and the proportions."""
    parts = [
        "## As published in December 2016",
        siege.piped([siege.heading(), *([name, *siege.cells(figures)] for name, figures in PUBLISHED.items())]),
        f"## The same test by the driver `{summary.run.driver}`",
        siege.markdown(summary),
        markdown.circumstances(summary),
    ]
    for other in others:
        parts += [
            f"## And by the driver `{other.run.driver}`",
            siege.markdown(other),
            markdown.circumstances(other),
        ]
    return "\n\n".join(parts)


def scenario(summary: Summary, reference: str) -> str:
    """What each row did under each load of a scenario, in terms of a reference row as well."""
    rows = [row for row in summary.rows if row.outcomes]
    against = next((row for row in rows if row.name == reference), rows[0])
    parts = []
    for load in summary.run.loads:
        lines = [_line(row, against, load.name) for row in rows if load.name in row.outcomes]
        title = f"**{load.name}**: {load.title}"
        parts += [title, siege.piped([_HEADING, *lines])]
    return "\n\n".join([*parts, markdown.circumstances(summary)])


_HEADING = ["", "responses/s", "times", "CPU a response", "times", "p50", "p99", "launch to answer", "unanswered"]


def _line(row: Row, against: Row, load: str) -> list[str]:
    seen, other = row.outcomes[load], against.outcomes.get(load)
    cpu = seen.cpu.value if seen.cpu else None
    return [
        row.name if row.valid else f"{row.name} ({row.verdict.word})",
        number(seen.throughput.value),
        _ratio(seen.throughput.value, other.throughput.value if other else None),
        time(cpu) if cpu is not None else "",
        _ratio(cpu, other.cpu.value if other and other.cpu else None),
        *(time(seen.quantiles[name]) if name in seen.quantiles else "" for name in ("p50", "p99")),
        time(row.ready.value) if row.ready else "",
        whole(sum(sum(window.errors.values()) for window in seen.windows)),
    ]


def _ratio(value: float | None, reference: float | None) -> str:
    return f"{value / reference:.2f}" if value is not None and reference else ""
