"""The nouns of reading: what records amount to, and whether that may be believed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; low and high are None where too few launches allow none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Finding:
    """One rule applied to one row: whether it holds, and the figures that say so."""

    rule: str
    holds: bool
    evidence: str


@dataclass(frozen=True)
class Verdict:
    """Whether a row may be believed: VALID, or the name of the first rule broken, with every finding behind it."""

    word: str
    findings: tuple[Finding, ...] = ()

    @property
    def valid(self) -> bool:
        return self.word == "VALID"
