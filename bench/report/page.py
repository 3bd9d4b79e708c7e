"""The run as one HTML file that needs no network: the answer first, every row down to its evidence."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from bench.judgement import Estimate
from bench.report import wording
from bench.report.document import document
from bench.report.headline import chains, headline, remarks, struck
from bench.report.profile import profile
from bench.report.rows import Row, Summary, furthest
from bench.report.rules import checked, wrong
from bench.validity import MARKS, MEANINGS, marks, reasons

_MOST_TICKS = 5

DRAWN_BY_ITSELF = {"throughput"}
"""The charts that the page does not take: its ranking shows the same."""


@dataclass(frozen=True)
class Figure:
    """One column of the table of all figures: how it is headed, found in a row, and said."""

    heading: str
    meaning: str
    value: Callable[[Row], float | None]
    say: Callable[[float], str]
    latency: bool = False


@dataclass(frozen=True)
class Drawing:
    """A chart as the page holds it."""

    name: str
    title: str
    note: str
    markup: Markup


def page(summary: Summary, drawings: Sequence[Drawing]) -> str:
    """The whole document; what comes from servers, files and logs is escaped and rid of control characters."""
    started = datetime.fromisoformat(summary.run.started)
    return document(
        "page.html",
        scripts=("table.js", "page.js"),
        summary=summary,
        run=summary.run,
        profile=profile(summary).removeprefix("profile "),
        started=f"{started.day} {started:%B %Y, %H:%M %Z}",
        headline=headline(summary),
        remarks=remarks(summary),
        struck=struck(summary),
        ties=_ties(summary),
        badges=_badges(summary),
        drawings=drawings,
        figures=_figures(summary),
        scale=Scale(furthest([row.throughput for row in summary.rows])),
        reasons=reasons,
        MARKS=MARKS,
        MEANINGS=MEANINGS,
        wrong=wrong,
        checked=checked,
    )


@dataclass(frozen=True)
class Scale:
    """The common horizontal scale of the ranking's dots."""

    most: float

    def at(self, value: float | None) -> str:
        """Where a value is, in percent of the width."""
        return f"{100 * min((value or 0.0) / self.end, 1):.2f}%"

    def between(self, estimate: Estimate) -> str:
        return self.at(min(estimate.high or 0.0, self.end) - (estimate.low or 0.0))

    def beyond(self, estimate: Estimate) -> bool:
        """Whether an interval reaches out of the scale."""
        return (estimate.high or 0.0) > self.end

    @property
    def end(self) -> float:
        return 1.04 * self.most or 1.0

    @property
    def step(self) -> float:
        """1, 2 or 5 times a power of ten, so that few ticks fit."""
        steps = (base * 10.0**power for power in range(-3, 12) for base in (1, 2, 5))
        return next(step for step in steps if self.end / step <= _MOST_TICKS)

    @property
    def ticks(self) -> list[float]:
        return [self.step * count for count in range(int(self.end / self.step) + 1)]


def _figures(summary: Summary) -> list[Figure]:
    common = next((row.common for row in summary.rows if row.common), None)
    quantiles = [
        Figure(
            name.replace("p999", "p99.9"), "latency at the rate common to all rows", _quantile(name), wording.time, True
        )
        for name in ("p50", "p90", "p99", "p999", "max")
        if common
    ]
    return [
        Figure("responses/s", "verified, at capacity", lambda row: _value(row.throughput), wording.number),
        Figure("CPU", "CPU time per response, whole tree", lambda row: _value(row.cpu), wording.time),
        Figure("front", "of it the front proxy's", _front, wording.time),
        *quantiles,
        Figure("start", "launch to first right answer", lambda row: _value(row.ready), wording.time),
        Figure("TTFB 1", "first byte of the first request", lambda row: _value(row.first_byte), wording.time),
        Figure("TTFB 2", "first byte of the second request", lambda row: _value(row.second_byte), wording.time),
        Figure("idle", "memory before load", lambda row: _value(row.memory_idle), wording.size),
        Figure("loaded", "memory after load", lambda row: _value(row.memory_loaded), wording.size),
        Figure("responses", "verified, in all windows", lambda row: row.responses, wording.whole),
        Figure("errors", "in all windows", lambda row: sum(row.errors.values()), wording.whole),
        Figure("bytes", "received per response", lambda row: row.bytes_per_response, wording.size),
    ]


def _ties(summary: Summary) -> dict[str, str]:
    """Where a row stands in the bracket around rows that cannot be told apart."""
    if summary.rounds < 2:
        return {}
    places = {row.name: "tied" for chain in chains(summary) for row in chain}
    opening = {chain[0].name: "tied first" for chain in chains(summary)}
    return places | opening | {chain[-1].name: "tied last" for chain in chains(summary)}


def _badges(summary: Summary) -> dict[str, dict[str, str]]:
    """Each believable row's marks with their figures; a mark that most rows have is said at the top alone."""
    found = {row.name: _by_rule(row) for row in summary.ranked}
    times = Counter(rule for rules in found.values() for rule in rules)
    return {
        name: {rule: said for rule, said in rules.items() if 2 * times[rule] <= len(found)}
        for name, rules in found.items()
    }


def _by_rule(row: Row) -> dict[str, str]:
    marked = marks(row.verdict)
    return {one.rule: "; ".join(other.evidence for other in marked if other.rule == one.rule) for one in marked}


def _quantile(name: str) -> Callable[[Row], float | None]:
    return lambda row: row.common.quantiles.get(name) if row.common else None


def _front(row: Row) -> float | None:
    return _value(row.costing.front_cpu) if row.costing else None


def _value(estimate: Estimate | None) -> float | None:
    return estimate.value if estimate else None
