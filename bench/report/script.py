"""The run as one JSON object for scripts: what `bench run --json` and `bench report --json` print."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TypeAlias

from bench.judgement import Estimate
from bench.report import siege
from bench.report.rows import Outcome, Row, Summary
from bench.validity import marks, reasons

Json: TypeAlias = Mapping[str, "Json"] | list["Json"] | str | float | int | bool | None


def as_object(summary: Summary) -> dict[str, Json]:
    """Seconds, bytes, responses per second; null is "not measured"."""
    return {
        "run": str(summary.path),
        "started": summary.run.started,
        "profile": summary.run.profile,
        "complete": summary.complete,
        "rows": [_row(row) for row in summary.rows],
        "unreached": list(summary.unreached),
        "unavailable": dict(summary.run.unavailable),
    }


def _row(row: Row) -> dict[str, Json]:
    return {
        "name": row.name,
        "verdict": row.verdict.word,
        "reasons": [*reasons(row.verdict)],
        "marks": [f"{mark.rule}: {mark.evidence}" for mark in marks(row.verdict)],
        "rank": list(row.rank) if row.rank else None,
        "throughput": _estimate(row.throughput),
        "cpu_per_response": _estimate(row.cpu),
        "front_cpu_per_response": _estimate(row.costing.front_cpu) if row.costing else None,
        "latency": [_latency(outcome) for outcome in row.outcomes.values() if outcome.load.model == "open"],
        "cold_start": {
            "ready": _estimate(row.ready),
            "ttfb_first": _estimate(row.first_byte),
            "ttfb_second": _estimate(row.second_byte),
        },
        "memory": {"idle": _estimate(row.memory_idle), "loaded": _estimate(row.memory_loaded)},
        "errors": dict(row.errors),
        "responses": row.responses,
        "bytes_per_response": row.bytes_per_response,
        "keep_alive": row.manner.keep_alive if row.manner else None,
        "siege": siege.as_object(row),
        "launches": len(row.records),
        "launches_failed": sum(record.failure is not None for record in row.records),
    }


def _latency(outcome: Outcome) -> dict[str, Json]:
    names = ("p50", "p90", "p99", "p999", "max")
    return {
        "load": outcome.load.name,
        "rate": outcome.rate,
        "responses": sum(window.responses for window in outcome.windows),
        **{name: outcome.quantiles.get(name) for name in names},
        "intervals": {name: _estimate(estimate) for name, estimate in outcome.intervals.items()},
        "doubt": outcome.doubt,
    }


def _estimate(estimate: Estimate | None) -> dict[str, Json] | None:
    return asdict(estimate) if estimate else None
