"""What the harness and the Locust process say to each other: one JSON line an order, one JSON line its reply.

A line with the number of an order alone means that there has been enough of it: its window ends there.
"""

from dataclasses import dataclass

from bench.model import Load, Seconds, Target, Window


@dataclass(frozen=True)
class Cut:
    """How load is cut into slices: of what length, in how many blocks, their order drawn from which seed.

    The driver runs on `cores` meanwhile, where any are named. No block begins after `limit`. With `patience` a target
    sits out while it has had more than so many times as long as the one in the middle. Where slices are `lasting`, they
    go on until there were as many answers as connections, so that nobody asks only once. With `shares` a target has so
    many slices in each block, for the same patience: whose slices are long has no more of them than one by one.
    """

    length: Seconds
    blocks: int
    seed: int
    cores: tuple[int, ...] | None = None
    limit: Seconds | None = None
    patience: float | None = None
    lasting: bool = False
    shares: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Order:
    """Measure one window of one target, or slices of several."""

    number: int
    targets: tuple[Target, ...]
    load: Load
    cut: Cut | None = None
    live: bool = False
    """Whether to tell the responses of a window so far, now and then."""


@dataclass(frozen=True)
class Reply:
    """The windows that were ordered under this number, or why there are none; before, perhaps, the responses so far."""

    number: int
    windows: tuple[Window, ...] | None = None
    problem: str | None = None
    responses: int | None = None
