"""A comparison as one JSON object for scripts: what `bench compare --json` prints; docs/compare.md explains it."""

from dataclasses import asdict

from bench.compare import Change, Comparison
from bench.report.comparison import headline, remarks, shift
from bench.report.script import Json
from bench.stored.digest import Digest


def as_object(comparison: Comparison) -> dict[str, Json]:
    """Seconds, bytes, responses per second; ratios are after / before; null is "not measured" or "no interval"."""
    together = shift(comparison)
    return {
        "headline": headline(comparison),
        "remarks": [*remarks(comparison)],
        "before": _run(comparison.before, comparison.runs[0]),
        "after": _run(comparison.after, comparison.runs[1]),
        "paired": comparison.paired,
        "changes": [_change(one) for one in comparison.changes],
        "differences": [
            {"group": one.group, "name": one.name, "before": one.before, "after": one.after}
            for one in comparison.differences
        ],
        "vanished": dict(comparison.vanished),
        "lost": dict(comparison.lost),
        "new": list(comparison.new),
        "together": asdict(together) if together else None,
    }


def _run(label: str, run: Digest) -> dict[str, Json]:
    return {"label": label, "run": run.folder, "started": run.started, "commit": run.commit, "complete": run.complete}


def _change(one: Change) -> dict[str, Json]:
    return {
        "row": one.row,
        "metric": one.metric,
        "before": one.before,
        "after": one.after,
        "ratio": asdict(one.ratio) if one.ratio else None,
        "word": one.word,
        "because": one.because,
        "direction": one.direction,
    }
