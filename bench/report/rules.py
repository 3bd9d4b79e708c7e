"""What rules are called where people read: what is wrong with a row that breaks one, and what each looks at."""

from collections.abc import Mapping

_WRONG: Mapping[str, str] = {
    "FAILED": "failed",
    "ERRORS": "answered wrongly",
    "DRIVER-BOUND": "limited by the driver",
    "IDLE": "limited by waiting",
    "IMPOSSIBLE": "figures that cannot be",
    "SLOTS": "other slots than told",
    "UNSTABLE": "not one figure to find",
    "LATE": "late driver",
    "LAUNCHES": "not every launch worked",
    "WORKERS": "lost processes",
    "NOISY": "noisy neighbours",
    "PROTOCOL": "speaks otherwise",
    "UNSETTLED": "not steady after warm-up",
    "IMPRECISE": "less precise than asked for",
    "RESTLESS": "busy when idle",
    "SHARED": "shared its core with the driver",
}
_CHECKED: Mapping[str, str] = {
    "FAILED": "runs",
    "ERRORS": "answers",
    "DRIVER-BOUND": "driver",
    "IDLE": "waiting",
    "IMPOSSIBLE": "plausible",
    "SLOTS": "slots",
    "UNSTABLE": "one figure",
    "LATE": "in time",
    "LAUNCHES": "launches",
    "WORKERS": "kept its processes",
    "NOISY": "quiet",
    "PROTOCOL": "protocol",
    "UNSETTLED": "steady",
    "IMPRECISE": "precise",
    "RESTLESS": "idle when idle",
    "SHARED": "core of its own",
}


def wrong(rule: str) -> str:
    """What is the matter with a row that breaks a rule; of a rule that is not known here, its name."""
    return _WRONG.get(rule, _as_words(rule))


def checked(rule: str) -> str:
    """What a rule looks at, in a word or two."""
    return _CHECKED.get(rule, _as_words(rule))


def _as_words(rule: str) -> str:
    return rule.lower().replace("-", " ")
