"""The noun of an examination."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """One thing that was looked at: what was found, and where it is bad the command or the deed that changes it.

    A `grave` one makes the machine unfit; others only cost precision.
    """

    name: str
    well: bool
    told: str
    remedy: str | None = None
    grave: bool = False
