"""What a process tree costs while it has its turn, told from what it costs while it waits; cheap enough for slices."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from bench.model import Seconds
from bench.system import meter

_OFTEN = 0.25
"""Seconds after which a tree is looked at again, in case it has grown."""


@dataclass(frozen=True)
class Reading:
    """CPU seconds of a tree at one moment: of each living member, and of those that ended and were waited for."""

    living: Mapping[int, Seconds]
    ended: Seconds


class Account:
    """The CPU clocks of a process and its descendants.

    Members are remembered, for looking for them costs most; a tree that changes is looked at after every turn. What
    children used that end after the turn in which they worked is still billed to it.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._members = list(meter.tree(pid))
        self._looked = monotonic()
        self._changing = False
        self.whole = True
        """Whether all is known: a process that ended waited for others, and takes along what they had used."""
        self._start = self._end = self._read()
        self.late: Seconds = 0.0
        """What children that ended since the last turn had used in it, unseen."""
        self.waiting: Seconds = 0.0
        """What was used between turns."""

    def begin(self) -> None:
        """A turn begins."""
        self._start = self._read()
        self.late = _of_ended(self._end, self._start)
        self.waiting += _of_living(self._end, self._start)
        self._changing = self._changing or self._end.living.keys() != self._start.living.keys()

    def finish(self) -> Seconds:
        """A turn has ended; what it has cost."""
        if self._changing or monotonic() - self._looked > _OFTEN:
            members = list(meter.tree(self._pid))
            self._changing = self._changing or set(members) != set(self._members)
            self._members, self._looked = members, monotonic()
        self._end = self._read()
        newcomers = sum(clock for pid, clock in self._end.living.items() if pid not in self._start.living)
        return _of_living(self._start, self._end) + newcomers + _of_ended(self._start, self._end)

    def _read(self) -> Reading:
        living, ended = {}, 0.0
        for pid in self._members:
            try:
                living[pid], waited_for = meter.clocks(pid)
            except OSError:
                continue
            ended += waited_for
        self._members = list(living)
        self.whole = self.whole and self._pid in living
        return Reading(living, ended)


def _of_living(before: Reading, after: Reading) -> Seconds:
    """What those used that were there before and after."""
    return sum(clock - before.living[pid] for pid, clock in after.living.items() if pid in before.living)


def _of_ended(before: Reading, after: Reading) -> Seconds:
    """What those used that ended in between, since they were last seen; waiting hands their time to their parents."""
    seen = sum(clock for pid, clock in before.living.items() if pid not in after.living)
    return after.ended - before.ended - seen
