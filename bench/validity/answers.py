"""Was there an answer, and was it right: launches and requests that failed, connections that were never served."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bench.judgement import Finding
from bench.model import Window
from bench.validity.evidence import Evidence, percent

TOLERATED_ERRORS = 0.001
TOLERATED_FAILURES = 0.5


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
