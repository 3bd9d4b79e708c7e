"""What the server of driver_truth.py does to those who ask it: scenes in which drivers are known to go wrong."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Scene:
    """A server's behaviour, in microseconds, and the arrivals it gets."""

    title: str
    rate: float
    arrivals: Literal["constant", "poisson"] = "constant"
    delay: int = 2000
    slow: int = 0
    every: int = 0
    period: int = 0
    stall: int = 0
    serial: int = 0
    gap: int = 0

    @property
    def words(self) -> list[str]:
        said = (self.delay, self.slow, self.every, self.period, self.stall, self.serial, self.gap)
        return [str(number) for number in said]


SCENES = (
    Scene("2 ms, always", 1000),
    Scene("2 ms, stall of 500 ms each 5 s", 1000, period=5_000_000, stall=500_000),
    Scene("2 ms, stall of 500 ms each 5 s", 5000, period=5_000_000, stall=500_000),
    Scene("1 ms, each 8th 50 ms", 1000, delay=1000, slow=50_000, every=8),
    Scene("one at a time, 200 µs each, 80 % busy (M/D/1)", 4000, "poisson", delay=200, serial=1),
    Scene("one at a time, 1 ms each, 80 % busy (M/D/1)", 800, "poisson", delay=1000, serial=1),
    Scene("one at a time, 10 ms each, 80 % busy (M/D/1)", 80, "poisson", delay=10_000, serial=1),
    Scene("byte by byte, 20 µs apart", 1000, delay=0, gap=20),
)
