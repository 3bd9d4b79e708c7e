"""The nouns of a gate: two builds, launched several times each in every round, and what each launch cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.window import Seconds, Window

Build: TypeAlias = Literal["base", "head"]
BUILDS: tuple[Build, ...] = ("base", "head")
OTHER: Mapping[Build, Build] = {"base": "head", "head": "base"}


@dataclass(frozen=True)
class Entry:
    """One launch of one build in one round: its slices, and its window at a fixed rate where there was one.

    One that failed has a reason instead of slices.
    """

    build: Build
    slices: Window | None = None
    steady: Window | None = None
    failure: str | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(window for window in (self.slices, self.steady) if window)

    @property
    def wrong(self) -> bool:
        """Whether anything failed: the launch, or an answer."""
        return self.failure is not None or any(window.errors for window in self.windows)


@dataclass(frozen=True)
class Round:
    """Two heats, each of fresh launches that were up together, in the order in which they were launched.

    Where one build was in the first heat the other one is in the second, so that each had every place once. The seconds
    of load are those of all launches, warm-up included.
    """

    there: tuple[Entry, ...]
    back: tuple[Entry, ...]
    load_time: Seconds

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (*self.there, *self.back)

    @property
    def whole(self) -> bool:
        """Whether every launch was measured."""
        return len(self.back) == len(self.there) and all(entry.slices for entry in self.entries)


@dataclass(frozen=True)
class Errors:
    """Requests of one build that were answered rightly, those that were not, by kind, and launches that failed."""

    responses: int
    kinds: Mapping[str, int]
    failures: tuple[str, ...]
    rounds: int
    """Rounds in which any of that happened."""

    @property
    def share(self) -> float:
        wrong = sum(self.kinds.values())
        return wrong / (wrong + self.responses) if wrong else 0.0


def counted(rounds: Sequence[Round]) -> dict[Build, Errors]:
    """What was answered rightly and what went wrong, for each build."""
    return {build: _errors([_of(build, round_) for round_ in rounds]) for build in BUILDS}


def _of(build: Build, round_: Round) -> list[Entry]:
    return [entry for entry in round_.entries if entry.build == build]


def _errors(rounds: Sequence[Sequence[Entry]]) -> Errors:
    kinds: Counter[str] = Counter()
    for entries in rounds:
        for entry in entries:
            for window in entry.windows:
                kinds.update(window.errors)
    entries = [entry for each in rounds for entry in each]
    return Errors(
        responses=sum(window.responses for entry in entries for window in entry.windows),
        kinds=dict(kinds),
        failures=tuple(dict.fromkeys(entry.failure for entry in entries if entry.failure)),
        rounds=sum(any(entry.wrong for entry in each) for each in rounds),
    )
