"""One server, one question at a time, each for the same time: what users wait for it, its own time included."""

from collections.abc import Iterable, Iterator
from math import exp, factorial, floor


def waits(arrivals: Iterable[float], service: float) -> Iterator[float]:
    """What each waits of those that come at these times, in rising order and any unit (Lindley's recursion)."""
    done = 0.0
    for arrival in arrivals:
        done = max(done, arrival) + service
        yield done - arrival


def quantile(load: float, share: float) -> float:
    """What this share of all waits for at the most if they come at random, in service times; `load` is below 1.

    M/D/1, by Erlang's series (Tijms, A First Course in Stochastic Models, 9.6.2).
    """

    def below(time: float) -> float:
        powers = ((load * (turn - time), turn) for turn in range(floor(time) + 1))
        return (1 - load) * sum(power**turn / factorial(turn) * exp(-power) for power, turn in powers)

    low, high = 0.0, 30.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < share else (low, middle)
    return low + 1
