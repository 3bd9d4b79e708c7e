"""What a run found out about each server: records folded into one row each, and the rows ranked."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bench import levels, stats, validity
from bench.histogram import Histogram
from bench.journal import Journal
from bench.judgement import Estimate, Verdict
from bench.model import Load, Record, Run, Seconds, Window
from bench.report.rows import QUANTILES, Figure, Outcome, Row, Summary


def summarise(journal: Journal) -> Summary:
    """Fold a journal's records into ranked rows."""
    tried = {name: _records(journal, name) for name in journal.run.servers}
    verdicts = validity.judge_all({name: records for name, records in tried.items() if records}, journal.run)
    rows = [_row(journal.run, name, tried[name], verdict) for name, verdict in verdicts.items()]
    unreached = tuple(name for name, records in tried.items() if not records)
    return Summary(
        journal.path.parent,
        journal.run,
        tuple(_in_order(_ranked(rows, journal.run))),
        unreached,
        journal.end == "complete",
        len(journal.resumed),
    )


def _records(journal: Journal, name: str) -> tuple[Record, ...]:
    return tuple(
        record for record in journal.records if record.trial.server == name and record.failure != validity.INTERRUPTED
    )


def _row(run: Run, name: str, records: tuple[Record, ...], verdict: Verdict) -> Row:
    good = [record for record in records if record.failure is None]
    outcomes = (_outcome(load, good) for load in run.loads)
    return Row(
        name=name,
        rendered=run.servers[name],
        records=records,
        verdict=verdict,
        outcomes={outcome.load.name: outcome for outcome in outcomes if outcome},
        ready=_over(good, lambda record: record.ready),
        first_byte=_over(good, lambda record: record.first_byte[0] if record.first_byte else None),
        second_byte=_over(good, lambda record: record.first_byte[1] if len(record.first_byte) > 1 else None),
        memory_idle=_over(good, lambda record: record.memory_idle),
        memory_loaded=_over(good, lambda record: record.memory_loaded),
    )


def _outcome(load: Load, good: Sequence[Record]) -> Outcome | None:
    launches = [[window for window in record.windows if window.load == load.name] for record in good]
    launches = [windows for windows in launches if windows]
    windows = tuple(window for launch in launches for window in launch)
    throughput = _per_launch(launches, lambda window: window.throughput)
    if throughput is None:
        return None
    rates = [window.rate for window in windows if window.rate is not None]
    latency = validity.merged(window.latency for window in windows)
    late = validity.lateness(windows) if load.model == "open" else None
    return Outcome(
        load=load,
        windows=windows,
        rate=statistics.fmean(rates) if rates else None,
        throughput=throughput,
        cpu=_per_launch(launches, lambda window: window.server_cpu_per_response),
        front_cpu=_per_launch(launches, _front_cpu_per_response),
        latency=latency,
        quantiles=_quantiles(latency, windows),
        intervals=_intervals([validity.merged(window.latency for window in launch) for launch in launches]),
        doubt=late.evidence if late and not late.holds else None,
    )


def _front_cpu_per_response(window: Window) -> Seconds | None:
    return window.front_cpu / window.responses if window.front_cpu is not None and window.responses else None


def _quantiles(latency: Histogram, windows: Sequence[Window]) -> dict[str, Seconds]:
    """From the counts where the driver gives them, else the median of what it says itself; absent where it does not."""
    if latency.counts:
        counted = {name: latency.quantile(share) for name, share in QUANTILES.items()} | {"max": latency.maximum}
        return {name: seconds for name, seconds in counted.items() if seconds is not None}
    names = dict.fromkeys(name for window in windows for name in window.latency_quantiles)
    return {
        name: statistics.median(
            window.latency_quantiles[name] for window in windows if name in window.latency_quantiles
        )
        for name in names
    }


def _intervals(launches: Sequence[Histogram]) -> dict[str, Estimate]:
    found = {name: stats.quantile(launches, share) for name, share in QUANTILES.items()}
    return {name: estimate for name, estimate in found.items() if estimate}


def _per_launch(launches: Iterable[Iterable[Window]], figure: Figure) -> Estimate | None:
    """The estimate over launches of the median of each launch's windows."""
    known = [[value for window in windows if (value := figure(window)) is not None] for windows in launches]
    medians = [statistics.median(values) for values in known if values]
    return stats.estimate(medians) if medians else None


def _over(records: Iterable[Record], figure: Callable[[Record], float | None]) -> Estimate | None:
    values = [value for record in records if (value := figure(record)) is not None]
    return stats.estimate(values) if values else None


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Believable rows by throughput at capacity, with rank intervals; then those without; the struck out last."""
    return sorted(
        rows, key=lambda row: (not row.valid, row.rank is None, -row.throughput.value if row.throughput else 0.0)
    )


def _ranked(rows: Sequence[Row], run: Run) -> list[Row]:
    """Rows with their places, and those figures that place them held against each other round by round."""
    valid = {row.name: row.records for row in rows if row.valid}
    placed = {row.name: row for row in rows}
    for figure, load in levels.ranking_loads(run.loads).items():
        by_launch = levels.levels(valid, load, figure)
        places = stats.ranks(by_launch, most_first=figure == "throughput")
        for name, found in stats.relative(by_launch).items():
            placed[name] = _placed(placed[name], load, figure, found, places[name])
    return list(placed.values())


def _placed(row: Row, load: str, figure: levels.Figure, found: Estimate, place: stats.Rank) -> Row:
    outcome = row.outcomes[load]
    if figure == "throughput":
        outcomes = {**row.outcomes, load: replace(outcome, throughput=found)}
        return replace(row, outcomes=outcomes, rank=place)
    return replace(row, outcomes={**row.outcomes, load: replace(outcome, cpu=found)}, cost_rank=place)
