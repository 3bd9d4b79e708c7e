"""What the harness and the Locust process say to each other: one JSON line an order, one JSON line its reply."""

from dataclasses import dataclass

from bench.model import Load, Target, Window


@dataclass(frozen=True)
class Order:
    """Measure one window."""

    number: int
    target: Target
    load: Load
    live: bool = False
    """Whether to tell the responses so far, now and then."""


@dataclass(frozen=True)
class Reply:
    """The window that was ordered under this number, or why there is none; before it, perhaps, the responses so far."""

    number: int
    window: Window | None = None
    problem: str | None = None
    responses: int | None = None
