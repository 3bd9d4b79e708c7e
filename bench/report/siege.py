"""The run in siege's own columns, and its proportions beside those that were published in 2016."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from bench.histogram import Histogram
from bench.model import Load, Window
from bench.report.published import PUBLISHED, REFERENCE, Siege
from bench.report.rows import Row, Summary
from bench.report.wording import whole

Cells: TypeAlias = list[list[str]]
_MEGABYTE = 2**20

_COLUMNS: Sequence[tuple[str, Callable[[Siege], str]]] = (
    ("transactions", lambda seen: whole(seen.transactions)),
    ("availability", lambda seen: f"{100 * seen.availability:.2f} %"),
    ("elapsed", lambda seen: f"{seen.elapsed:.2f} s"),
    ("data", lambda seen: f"{seen.transferred:.2f} MB"),
    ("response", lambda seen: _seconds(seen.response_time)),
    ("trans/s", lambda seen: f"{seen.transaction_rate:,.0f}"),
    ("MB/s", lambda seen: f"{seen.throughput:.2f}"),
    ("concurrency", lambda seen: "" if seen.concurrency is None else f"{seen.concurrency:.1f}"),
    ("successful", lambda seen: whole(seen.successful)),
    ("failed", lambda seen: whole(seen.failed)),
    ("longest", lambda seen: _seconds(seen.longest)),
    ("shortest", lambda seen: _seconds(seen.shortest)),
)


def is_siege(summary: Summary) -> bool:
    """Whether the run is a test in siege's manner: so many requests from each user."""
    return any(load.requests_each for load in summary.run.loads)


def measured(row: Row) -> Siege | None:
    """One launch of a row at capacity, the one of median length, as siege would tell it."""
    if row.capacity is None:
        return None
    windows = sorted(row.capacity.windows, key=lambda window: window.duration)
    return as_siege(windows[(len(windows) - 1) // 2], row.capacity.load)


def as_siege(window: Window, load: Load) -> Siege:
    """A window in siege's terms; it counts the bytes of bodies only, and what was answered wrongly as failed here."""
    failed = sum(window.errors.values())
    body = len((load.requests[0].expected or "").encode())
    latency = Histogram.decode(window.latency) if window.latency else Histogram()
    mean, quantiles = window.latency_mean, window.latency_quantiles
    return Siege(
        transactions=window.responses,
        availability=window.responses / (window.responses + failed) if window.responses + failed else 0.0,
        elapsed=window.duration,
        transferred=window.responses * body / _MEGABYTE,
        response_time=mean,
        transaction_rate=window.throughput,
        throughput=window.throughput * body / _MEGABYTE,
        concurrency=None if mean is None else mean * window.throughput,
        successful=window.responses,
        failed=failed,
        longest=latency.maximum if latency.count else quantiles.get("p100"),
        shortest=latency.minimum if latency.count else quantiles.get("p0"),
    )


def text(summary: Summary) -> str:
    """Both tables for a terminal."""
    tables = [_lined(_figures(summary)), _lined(_ratios(summary))]
    return "\n\n".join(table for table in tables if table)


def markdown(summary: Summary) -> str:
    """Both tables for a page."""
    tables = [piped(_figures(summary)), piped(_ratios(summary))]
    return "\n\n".join(table for table in tables if table)


def as_object(row: Row) -> dict[str, Any] | None:
    """A row in siege's terms, with what was published of it; seconds, requests per second, megabytes of bodies."""
    seen, published = measured(row), PUBLISHED.get(row.name)
    return {**asdict(seen), "published": asdict(published) if published else None} if seen else None


def _figures(summary: Summary) -> Cells:
    seen = [(row.name, siege) for row in summary.rows if (siege := measured(row))]
    return [heading(), *([name, *cells(siege)] for name, siege in seen)]


def heading() -> list[str]:
    """Above a row's name and its cells."""
    return ["", *(name for name, _ in _COLUMNS)]


def cells(siege: Siege) -> list[str]:
    """A row's figures, as they are shown."""
    return [say(siege) for _, say in _COLUMNS]


def _ratios(summary: Summary) -> Cells:
    """Transactions a second and response time of each row that was published, in terms of the reference row's."""
    here = {row.name: siege for row in summary.rows if (siege := measured(row))}
    names = [name for name in PUBLISHED if name in here]
    if REFERENCE not in names or len(names) < 2:
        return []
    titles = [
        f"times {REFERENCE}",
        "trans/s here",
        "trans/s 2016",
        "response here",
        "response 2016",
        "published trans/s",
    ]
    return [titles, *([name, *_held_to(here[REFERENCE], here[name], name)] for name in names)]


def _held_to(reference: Siege, seen: Siege, name: str) -> list[str]:
    then, published = PUBLISHED[REFERENCE], PUBLISHED[name]
    return [
        _ratio(seen.transaction_rate, reference.transaction_rate),
        _ratio(published.transaction_rate, then.transaction_rate),
        _ratio(seen.response_time, reference.response_time),
        _ratio(published.response_time, then.response_time),
        f"{published.transaction_rate:,.2f}",
    ]


def _ratio(value: float | None, reference: float | None) -> str:
    return f"{value / reference:.2f}" if value is not None and reference else ""


def _seconds(value: float | None) -> str:
    """As siege says it, in hundredths, or finer where that would be nothing."""
    if value is None:
        return ""
    return f"{value:.2f} s" if value >= 0.1 or not value else f"{1000 * value:.1f} ms"


def _lined(cells: Cells) -> str:
    """Columns as wide as they must be, numbers to the right."""
    if not cells:
        return ""
    widths = [max(len(line[at]) for line in cells) for at in range(len(cells[0]))]
    first, *others = widths
    lines = (
        line[0].ljust(first) + "".join(f"  {cell:>{width}}" for cell, width in zip(line[1:], others, strict=True))
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def piped(lines: Cells) -> str:
    """A table in Markdown, its first line the head."""
    if not lines:
        return ""
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, f"|:--|{'--:|' * (len(lines[0]) - 1)}", *body])
