"""What rows that were up together tell of each other: how precisely each was told from the rest, and who disturbed."""

import statistics
from collections.abc import Iterable, Mapping, Sequence

from bench import levels
from bench.judgement import Finding
from bench.model import Record, Run
from bench.validity.evidence import Evidence, percent

TOLERATED_IDLE = 0.005


def imprecise(rows: Mapping[str, Sequence[Record]], run: Run) -> dict[str, list[Finding]]:
    """IMPRECISE: when the run ended, an interval of these rows was wider than it had asked for."""
    found: dict[str, list[Finding]] = {name: [] for name in rows}
    for figure, load in levels.ranking_loads(run.loads).items() if run.precision is not None else ():
        for name, estimate in levels.estimates(rows, load, figure).items():
            if estimate.high is None or run.precision is None:
                continue
            reach = estimate.high / estimate.value - 1
            told = f"{levels.WORDS[figure]} is known to ±{percent(reach)} (asked for ±{percent(run.precision)})"
            found[name].append(Finding("IMPRECISE", reach <= run.precision, told))
    return found


def restless(evidence: Evidence) -> Iterable[Finding]:
    """RESTLESS: it used CPU time while nobody asked it, and rows that were asked then had to do without."""
    idle = [window.slices.idle for window in evidence.windows if window.slices and window.slices.idle is not None]
    if idle:
        used = statistics.median(idle)
        told = f"it used {percent(used)} of a core while others were loaded (limit {percent(TOLERATED_IDLE)})"
        yield Finding("RESTLESS", used <= TOLERATED_IDLE, told)
