"""How precisely each row is known so far, and whether that will do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench import levels, validity
from bench.judgement import Estimate
from bench.levels import Figure
from bench.model import Load, Record, Run


@dataclass(frozen=True)
class Standing:
    """After a round: the estimates by which each believable row is ranked, and the precision that was asked for."""

    round: int
    rows: Mapping[str, Mapping[Figure, Estimate]] = field(default_factory=dict)
    asked: float | None = None

    @property
    def precise(self) -> bool:
        """Whether all of them are known as precisely as was asked for."""
        return self.asked is not None and all(self.lacking(name) == 0 for name in self.rows)

    def lacking(self, name: str) -> int:
        """How many of a row's figures are not precise enough yet."""
        reaches = (reach(estimate) for estimate in self.rows[name].values())
        return sum(known is None or known > (self.asked or 0.0) for known in reaches)

    def widest(self, name: str) -> float | None:
        """The greater reach of a row's figures; None while one has none."""
        reaches = [reach(estimate) for estimate in self.rows[name].values()]
        known = [value for value in reaches if value is not None]
        return max(known) if known and len(known) == len(reaches) else None

    def reaches(self, loads: Sequence[Load], load: Load) -> Iterator[Mapping[str, float]]:
        """For each figure that is told from a load, how far the intervals go of those rows that have one."""
        for figure in (figure for figure, name in levels.ranking_loads(loads).items() if name == load.name):
            found = ((name, reach(known[figure])) for name, known in self.rows.items() if figure in known)
            yield {name: far for name, far in found if far}


def standing(run: Run, records: Sequence[Record]) -> Standing:
    """Where rows stand after the records so far."""
    tried: dict[str, list[Record]] = {}
    for record in records:
        if record.failure == validity.INTERRUPTED:
            continue
        tried.setdefault(record.trial.server, []).append(record)
    # Not precise enough yet is no reason to leave a row behind.
    unasked = replace(run, precision=None)
    valid = {name: found for name, found in tried.items() if validity.judge(found, unasked).valid}
    known = {figure: levels.estimates(valid, load, figure) for figure, load in levels.ranking_loads(run.loads).items()}
    return Standing(
        round=records[-1].trial.round,
        rows={name: {figure: found[name] for figure, found in known.items() if name in found} for name in valid},
        asked=run.precision,
    )


def reach(estimate: Estimate) -> float | None:
    """How far above the value its interval goes, as a share of it."""
    return estimate.high / estimate.value - 1 if estimate.high is not None else None
