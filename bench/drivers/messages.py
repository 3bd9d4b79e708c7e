"""What the harness and the Locust process say to each other: one JSON line an order, one JSON line its reply."""

from dataclasses import dataclass

from bench.model import Load, Target, Window


@dataclass(frozen=True)
class Order:
    """Measure one window."""

    number: int
    target: Target
    load: Load


@dataclass(frozen=True)
class Reply:
    """The window that was ordered under this number, or the sentence that says why there is none."""

    number: int
    window: Window | None = None
    problem: str | None = None
