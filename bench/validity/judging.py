"""The rules in their order, what they mean, and the verdict that comes of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from bench.judgement import Finding, Verdict
from bench.model import Record, Run
from bench.validity import answers, arithmetic, company, driver, likeness, limits, steadiness
from bench.validity.evidence import Evidence, percent, time

VALID = "VALID"

Rule = Callable[[Evidence], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    answers.failed,
    answers.errors,
    answers.unserved,
    driver.busy,
    driver.ceiling,
    driver.shared,
    limits.plateau,
    limits.nobody,
    arithmetic.negative,
    arithmetic.little,
    arithmetic.too_fast,
    arithmetic.quantiles,
    likeness.slots,
    driver.late,
    answers.launches,
    answers.workers,
    steadiness.noise,
    steadiness.unsettled,
    company.restless,
)

MARKS = frozenset({"IMPRECISE", "LATE", "LAUNCHES", "NOISY", "PROTOCOL", "RESTLESS", "SHARED", "UNSETTLED", "WORKERS"})
"""The rules that mark a row without striking it out."""

MEANINGS: Mapping[str, str] = {
    "FAILED": f"no launch could be measured, or {percent(answers.TOLERATED_FAILURES)} or more of them failed",
    "ERRORS": f"more than {percent(answers.TOLERATED_ERRORS)} of requests were not answered rightly, a window saw no "
    "right answer at all, or more connections were open than answers came",
    "DRIVER-BOUND": f"at capacity the driver was busy, or waited for a core, over {percent(driver.BUSY_DRIVER)} of its "
    f"time, or the row came nearer than {percent(driver.NEAR_CEILING)} to the driver's ceiling",
    "IDLE": "at capacity neither server nor driver was the limit: everybody waits for the same timer (85 % of "
    f"answers in {time(limits.PLATEAU[0])} to {time(limits.PLATEAU[1])}, or where only quantiles are told a p99 less "
    f"than {limits.FLAT} times such a median; server below "
    f"{limits.PLATEAU_SERVER} cores), or server and neighbours together used less than {limits.IDLE_SERVER} cores, "
    f"the driver had time, and less than {percent(limits.BUSY_SLOTS)} of the row's slots were busy",
    "IMPOSSIBLE": "throughput x mean latency / connections is outside "
    f"{arithmetic.LITTLE[0]} to {arithmetic.LITTLE[1]} (Little's law; in slices from "
    f"{arithmetic.LITTLE[0]} of the share of time in which questions were asked), an answer "
    "came sooner than the delay asked for, a quantile exceeds a higher one, p99 is the mean, "
    "a figure is below zero, or the bare app is surely slower than the same app under a framework",
    "SLOTS": "it worked on more requests at once than its settings come to (tried up to "
    f"{likeness.SLOTS_LOOKED_AT}), or on fewer in each of {likeness.SLOTS_LAUNCHES} launches or more",
    "UNSTABLE": "none of "
    f"{steadiness.SETTLING_LAUNCHES} or more launches reached a steady cost, or "
    f"{steadiness.SPLIT[-1][0]} or more launches fall into two groups more than {percent(steadiness.STEP)} apart",
    "LATE": f"the driver sent 1 % of a load's requests later than {percent(driver.TOLERATED_LAG)} of the median "
    f"latency and {time(driver.NOTICEABLE_LAG)}: that load's latencies alone are struck out",
    "LAUNCHES": "some launches failed",
    "WORKERS": "processes that it had from the first on ended while it was measured, as after a crash",
    "NOISY": f"the hypervisor took over {percent(steadiness.TOLERATED_STEAL)}, other processes over "
    f"{percent(steadiness.TOLERATED_NEIGHBOURS)} or a control group's quota over "
    f"{percent(steadiness.TOLERATED_THROTTLING)} of the used cores' time, the frequency changed by over "
    f"{percent(steadiness.FREQUENCY)}, memory was swapped, or waited for over {percent(steadiness.TOLERATED_PRESSURE)} "
    "of the time",
    "PROTOCOL": "HTTP version or keep-alive differ from most rows', or its answers have less than half or more than "
    f"{likeness.UNLIKE_BYTES:g} times their bytes: a part of the difference is not the server's doing",
    "UNSETTLED": "some launches never reached a steady cost",
    "IMPRECISE": "the run ended before throughput and CPU time per response were known as precisely as asked for",
    "RESTLESS": f"it used over {percent(company.TOLERATED_IDLE)} of a core while others were loaded",
    "SHARED": "server and driver had one core between them",
}
"""Every word of a verdict, and when it is said; in the order in which the first one broken names the verdict."""


def judge(records: Sequence[Record], run: Run) -> Verdict:
    """The verdict on one row by itself: the first rule broken that strikes a row out, with every finding."""
    return _verdict(_alone(Evidence(records, run)))


def judge_all(tried: Mapping[str, Sequence[Record]], run: Run) -> dict[str, Verdict]:
    """The verdict on every row of a run, also by what only the others tell."""
    rows = {name: Evidence(records, run) for name, records in tried.items()}
    beside = likeness.across(rows)
    verdicts = {name: _verdict([*_alone(evidence), *beside[name]]) for name, evidence in rows.items()}
    for compare in (steadiness.bimodal, company.imprecise):
        found = compare({name: tried[name] for name, verdict in verdicts.items() if verdict.valid}, run)
        verdicts |= {name: _verdict([*verdicts[name].findings, *findings]) for name, findings in found.items()}
    return verdicts


def reasons(verdict: Verdict) -> list[str]:
    """Why a row is struck out, in the order of the rules; nothing for a row that may be believed."""
    return [finding.evidence for finding in verdict.findings if not finding.holds and finding.rule not in MARKS]


def marks(verdict: Verdict) -> list[Finding]:
    """What is to be known about a row though it does not strike it out."""
    return [finding for finding in verdict.findings if not finding.holds and finding.rule in MARKS]


def _alone(evidence: Evidence) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(evidence)]


def _verdict(findings: Iterable[Finding]) -> Verdict:
    found = tuple(findings)
    broken = (finding.rule for finding in found if not finding.holds and finding.rule not in MARKS)
    return Verdict(next(broken, VALID), found)
