"""Which rows may be believed: each rule looks at a row's records and gives its figures. Nothing is measured here."""

from bench.validity.answers import TOLERATED_ERRORS
from bench.validity.driver import lateness
from bench.validity.evidence import INTERRUPTED, Evidence, merged
from bench.validity.judging import MARKS, MEANINGS, VALID, judge, judge_all, marks, reasons

__all__ = [
    "INTERRUPTED",
    "MARKS",
    "MEANINGS",
    "TOLERATED_ERRORS",
    "VALID",
    "Evidence",
    "judge",
    "judge_all",
    "lateness",
    "marks",
    "merged",
    "reasons",
]
