"""What somebody's load program says that it measured, and whether that can be true at all."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Bytes, Seconds

_BROKEN = (LookupError, ValueError, StopIteration, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What becomes of reading words that are not the ones expected."""
_MANY = 1 << 50
_LONG: Seconds = 1e6
_ORDER = ("p0", "p50", "p90", "p99", "p999", "max", "p100")


@dataclass(frozen=True)
class Measured:
    """Seconds and bytes. `quantiles` are named p50 p90 p99 p999 max; `missing` connections were never opened."""

    duration: Seconds
    responses: int
    errors: Mapping[str, int] = field(default_factory=dict)
    received: Bytes | None = None
    sent: int | None = None
    latency: Histogram | None = None
    mean: Seconds | None = None
    quantiles: Mapping[str, Seconds] = field(default_factory=dict)
    missing: int = 0


def understood(program: str, parse: Callable[[str], Measured], output: str, longest: Seconds = _LONG) -> Measured:
    """What a program measured in so many seconds at most; DriverError when it does not say so, or what cannot be."""
    try:
        measured = parse(output)
    except _BROKEN as problem:
        last = _last(output)
        raise DriverError(f"{program} said nothing that could be understood; its last line: {last}") from problem
    for objection in _objections(measured, longest):
        raise DriverError(f"{program} said what cannot be: {objection}.")
    if not measured.responses and not any(measured.errors.values()):
        raise DriverError(f"{program} measured nothing: no response and no error.")
    return measured


def _last(output: str) -> str:
    lines = ("".join(sign for sign in line if sign.isprintable()).strip() for line in output.splitlines())
    return next((line for line in reversed([*lines]) if line), "nothing")[:300]


def _objections(said: Measured, longest: Seconds) -> Iterator[str]:
    """What is impossible about it."""
    if not _is_figure(said.duration, longest) or not said.duration:
        yield f"that it took {said.duration} s"
    for name, count in _counts(said):
        if count is not None and not (type(count) is int and 0 <= count < _MANY):
            yield f"{count} {name}"
    figures = {**said.quantiles, **({} if said.mean is None else {"mean": said.mean})}
    wrong = {name: figure for name, figure in figures.items() if not _is_figure(figure, longest)}
    yield from (f"a latency of {figure} s ({name})" for name, figure in wrong.items()) if wrong else _crossed(figures)


def _counts(said: Measured) -> Iterator[tuple[str, int | None]]:
    yield from {"responses": said.responses, "bytes": said.received, "requests": said.sent, **said.errors}.items()
    for counted in said.latency.counts.values() if said.latency else ():
        yield "latencies", counted


def _is_figure(said: object, longest: Seconds) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= longest


def _crossed(figures: Mapping[str, Seconds]) -> Iterator[str]:
    """Latencies of which the lower is the higher."""
    told = [name for name in _ORDER if name in figures]
    # siege's extremes, which are called otherwise, are less exact than its mean
    mean = [("mean", "max")] if {"mean", "max"} <= figures.keys() else []
    for name, other in [*pairwise(told), *mean]:
        if figures[name] > figures[other]:
            yield f"that {name} is {figures[name]:g} s and {other} {figures[other]:g} s"
