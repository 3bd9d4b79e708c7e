"""Who has how many slices of a block: rows that are known worst have several, so that all become known at a time."""

import statistics
from collections.abc import Mapping, Sequence

from bench.levels import Figure, ranking_loads
from bench.model import Load
from bench.running import plan
from bench.running.precision import Standing, reach

_MOST = 3


def shares(reached: Standing | None, loads: Sequence[Load], load: Load) -> Mapping[str, int]:
    """The slices of each row in a block of a load, after what was reached before; whoever is not named has one.

    A mean's variance falls as samples are added, so these go by variance, that is, by the square of an interval (cf.
    Neyman, On the two different aspects of the representative method, 1934). Everybody has one before there are rounds
    enough to tell from, and in a load by which nobody is ranked.
    """
    if reached is None or reached.round + 1 < plan.LEAST_ROUNDS:
        return {}
    due: dict[str, int] = {}
    for figure in (figure for figure, name in ranking_loads(loads).items() if name == load.name):
        due |= {name: max(share, due.get(name, 1)) for name, share in _by_need(reached, figure)}
    return due


def _by_need(reached: Standing, figure: Figure) -> list[tuple[str, int]]:
    found = [(name, reach(known[figure])) for name, known in reached.rows.items() if figure in known]
    reaches = [(name, known) for name, known in found if known]
    usual = statistics.median(known for _, known in reaches) if reaches else 0.0
    return [(name, max(1, min(_MOST, round((known / usual) ** 2)))) for name, known in reaches]
