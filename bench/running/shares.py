"""Who has how many slices of a block: rows that are known worst have several, so that all become known at a time."""

import statistics
from collections.abc import Mapping, Sequence

from bench.model import Load
from bench.running import plan
from bench.running.precision import Standing

_MOST = 3
_AS_USUAL = 4
"""A row's own scatter is known badly from few launches; that of the others counts like so many of them."""


def shares(reached: Standing | None, loads: Sequence[Load], load: Load) -> Mapping[str, int]:
    """The slices of each row in a block of a load, after what was reached before; whoever is not named has one.

    A mean's variance falls as samples are added, so these go by variance, that is, by the square of an interval (cf.
    Neyman, On the two different aspects of the representative method, 1934). Everybody has one before there are rounds
    enough to tell from, and in a load by which nobody is ranked. Here, where nothing is told to anybody, the scatter of
    all is lent to each (Smyth, Linear models and empirical Bayes methods, 2004, with a fixed weight).
    """
    if reached is None or reached.round + 1 < plan.LEAST_ROUNDS:
        return {}
    due, own = dict[str, int](), reached.round + 1
    for reaches in reached.reaches(loads, load):
        usual = statistics.median(reaches.values()) if reaches else 0.0
        for name, far in reaches.items():
            need = (_AS_USUAL + own * (far / usual) ** 2) / (_AS_USUAL + own)
            due[name] = max(due.get(name, 1), min(_MOST, round(need)))
    return due
