"""Was there an answer, and was it right: launches and requests that failed, connections that were never served."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bench.judgement import Finding
from bench.model import Window
from bench.validity.evidence import Evidence, percent

TOLERATED_ERRORS = 0.001
TOLERATED_FAILURES = 0.5

_WANTS = {
    "no-port": "this machine had no port left to ask from: ended connections keep theirs for a minute (TIME_WAIT)",
    "no-file": "the driver could open no more connections: see 'ulimit -n'",
}
"""What was lacking where connections were not to be had, however few: what was measured then is not the server's."""


def failed(evidence: Evidence) -> Iterable[Finding]:
    """FAILED: half of the launches or more could not be measured."""
    good, broken = len(evidence.good), len(evidence.failed)
    if not good:
        said = evidence.failed[0].failure if broken else None
        yield Finding("FAILED", False, said or "it was interrupted before it was measured")
    elif broken and broken >= TOLERATED_FAILURES * (good + broken):
        yield Finding("FAILED", False, _failures(evidence))
    else:
        yield Finding("FAILED", True, f"{good} of {len(evidence.records)} launches were measured")


def launches(evidence: Evidence) -> Iterable[Finding]:
    """LAUNCHES: some launches failed."""
    if evidence.good and evidence.failed:
        yield Finding("LAUNCHES", False, _failures(evidence))


def workers(evidence: Evidence) -> Iterable[Finding]:
    """WORKERS: processes that were there from the first on died while the row was measured, as after a crash."""
    lost = [record.lost for record in evidence.good if record.lost]
    if lost:
        where = f"in {len(lost)} of {len(evidence.good)} launches"
        yield Finding("WORKERS", False, f"{sum(lost)} of its processes ended while it was measured, {where}")


def errors(evidence: Evidence) -> Iterable[Finding]:
    """ERRORS: requests were not answered rightly, or a window saw no right answer at all."""
    windows = evidence.windows
    right = sum(window.responses for window in windows)
    counts = _by_kind(windows)
    wrong = sum(counts.values())
    if right + wrong:
        listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()) if count)
        share = wrong / (right + wrong)
        told = f"{wrong:,} of {right + wrong:,} requests were not answered rightly ({percent(share)})"
        yield Finding("ERRORS", share <= TOLERATED_ERRORS, f"{told}: {listed}" if listed else told)
        yield from (Finding("ERRORS", False, told) for kind, told in _WANTS.items() if counts.get(kind))
        yield from _silent(windows)
    elif windows:
        yield Finding("ERRORS", False, "not one request was answered")


def unserved(evidence: Evidence) -> Iterable[Finding]:
    """ERRORS: connections were opened that never got an answer, right or wrong."""
    # Drivers that do not tell what they opened cut off what is out at the end, and slow rows would look like that.
    for load, windows in _by_load(window for window in evidence.windows if window.opened).items():
        opened = sum(window.opened or 0 for window in windows)
        heard = sum(window.responses + sum(window.errors.values()) for window in windows)
        if windows[0].model == "closed" and 0 < heard < opened:
            told = f"under {load} {opened:,} connections were opened and {heard:,} answers came"
            yield Finding("ERRORS", False, f"{told}: {opened - heard:,} connections or more were never served")
        elif windows[0].model == "closed" and (never := sum(window.unserved or 0 for window in windows)):
            yield Finding("ERRORS", False, f"under {load} {never:,} of {opened:,} connections were never answered")


def _silent(windows: Sequence[Window]) -> Iterator[Finding]:
    for load, tried in _by_load(windows).items():
        silent = sum(not window.responses for window in tried)
        if silent:
            told = f"in {silent} of {len(tried)} windows under {load} not one request was answered rightly"
            yield Finding("ERRORS", False, told)


def _by_kind(windows: Iterable[Window]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for window in windows:
        # What is below zero was not counted; that such a figure is impossible is another rule's finding.
        counts.update({kind: max(count, 0) for kind, count in window.errors.items()})
    return counts


def _by_load(windows: Iterable[Window]) -> dict[str, list[Window]]:
    loads: dict[str, list[Window]] = {}
    for window in windows:
        loads.setdefault(window.load, []).append(window)
    return loads


def _failures(evidence: Evidence) -> str:
    broken = evidence.failed
    return f"{len(broken)} of {len(evidence.records)} launches failed: {broken[0].failure}"
