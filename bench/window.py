"""The nouns of measuring: one stretch of load and what came of it, whole or cut into slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Seconds: TypeAlias = float
Bytes: TypeAlias = int
Encoded: TypeAlias = str
"""An HdrHistogram of microseconds, V2 encoding, base64."""


@dataclass(frozen=True)
class Slices:
    """A window in many short stretches; between two of them, other targets had theirs.

    The tuples are parallel: entry n is the target's nth stretch. Targets of the same `order` to the driver shared its
    blocks, so what they had in the same block may be paired. A stretch lasts from its first question to its last
    answer; questions were asked for `length` of it, at capacity until there were as many answers as connections.
    """

    order: int
    length: Seconds
    cores: tuple[int, ...] | None
    """Where the driver ran; None where it was not told."""
    wall: tuple[Seconds, ...]
    responses: tuple[int, ...]
    received: tuple[Bytes, ...]
    driver_cpu: tuple[Seconds, ...]
    blocks: tuple[int, ...] | None = None
    """Which block each is of, where the target sat some out or had several in one; None: all, from the first on."""
    server_cpu: tuple[Seconds, ...] | None = None
    front_cpu: tuple[Seconds, ...] | None = None
    idle: float | None = None
    """How many cores the target used while others had their turn."""
    lost: bool = False
    """Whether it answered no more, and was left out of the blocks that followed."""

    @property
    def numbers(self) -> Sequence[int]:
        """The block of each stretch."""
        return range(len(self.wall)) if self.blocks is None else self.blocks


@dataclass(frozen=True)
class Window:
    """One stretch of load on one target. `responses` are verified ones; everything else is in `errors` by kind.

    `retried` is how many requests were sent again because a connection that had answered before ended without a byte,
    `unserved` how many connections came about too late or never got any answer before the time-out.
    Of a window in slices, figures are sums over these, the time in between left out. What others did meanwhile:
    `foreign_cpu` and `steal` are core seconds, `frequency` the cores' mean in Hz, `swapped` bytes to or from the disk,
    `stalled` seconds in which some process waited for memory, `throttled` core seconds in which a control group's quota
    stopped processes.
    """

    load: str
    model: Literal["closed", "open"]
    connections: int
    started: Seconds
    duration: Seconds
    responses: int
    errors: Mapping[str, int] = field(default_factory=dict)
    received: Bytes | None = None
    opened: int | None = None
    rate: float | None = None
    sent: int | None = None
    queued: int | None = None
    retried: int | None = None
    unserved: int | None = None
    latency: Encoded | None = None
    latency_mean: Seconds | None = None
    latency_quantiles: Mapping[str, Seconds] = field(default_factory=dict)
    lag: Encoded | None = None
    connect: Encoded | None = None
    series: tuple[int, ...] = ()
    series_step: Seconds | None = None
    server_cpu: Seconds | None = None
    front_cpu: Seconds | None = None
    driver_cpu: Seconds | None = None
    driver_wait: Seconds | None = None
    driver_busy: float | None = None
    memory: Bytes | None = None
    front_memory: Bytes | None = None
    driver_memory: Bytes | None = None
    foreign_cpu: Seconds | None = None
    steal: Seconds | None = None
    frequency: float | None = None
    swapped: Bytes | None = None
    stalled: Seconds | None = None
    throttled: Seconds | None = None
    slices: Slices | None = None

    @property
    def throughput(self) -> float:
        """Verified responses per second."""
        return self.responses / self.duration

    @property
    def server_cpu_per_response(self) -> Seconds | None:
        return self.server_cpu / self.responses if self.server_cpu is not None and self.responses else None
