"""What was not the same: machine, versions, settings, loads, what each row was told, as words held together."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from bench.model import Rendered, Run

_NOT_CONDITIONS = {"name", "started", "plan", "servers", "unavailable", "ceiling"}
"""What a run says of itself that differs between any two runs, or is compared elsewhere."""
_PASSING = {"load_average"}
_ALIKE = 0.5
"""The share of words in common from which two texts are held together word by word."""
_UNSEEN = {"title", "docs", "groups"}
"""What does not change how a row or a load behaves."""


@dataclass(frozen=True)
class Difference:
    """One thing that two runs, or two rows, were told or had otherwise; None is where it was not there at all."""

    group: str
    name: str
    before: str | None
    after: str | None

    @property
    def lines(self) -> list[str]:
        """Of a text of several lines those that differ, each after `-` or `+`; nothing for a short one."""
        ours, theirs = ((text or "").splitlines() for text in (self.before, self.after))
        if max(len(ours), len(theirs)) < 2:
            return []
        return [*difflib.unified_diff(ours, theirs, lineterm="", n=0)][2:]

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The words before and those after, stretch by stretch, equal in turn; nothing where they share little."""
        ours, theirs = ((text or "").split() for text in (self.before, self.after))
        compared = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
        if self.lines or compared.ratio() < _ALIKE or len(ours) < 2:
            return []
        return [
            (" ".join(ours[begin:end]), " ".join(theirs[start:stop]))
            for _, begin, end, start, stop in compared.get_opcodes()
        ]


def conditions(run: Run) -> dict[str, dict[str, str]]:
    """Everything around the rows, by group and name; fields that this reader has never heard of are settings too."""
    found: dict[str, dict[str, str]] = {"machine": {}, "versions": {"deploybench": run.version}}
    found["versions"] |= run.versions
    found |= {"settings": {}, "loads": {}}
    for name, value in _stated(run, _NOT_CONDITIONS | {"version", "versions"}):
        if name == "machine":
            found["machine"] = {part: said(known) for part, known in _stated(value, _PASSING)}
        elif name == "loads":
            found["loads"] = {load.name: said(load) for load in run.loads}
        elif name == "commit":
            found["versions"]["commit"] = said(value)
        elif is_dataclass(value):
            found["settings"] |= {part: said(known) for part, known in _stated(value, set())}
        else:
            found["settings"][name] = said(value)
    return found


def configuration(rendered: Rendered) -> dict[str, str]:
    """What a row was told, by the name of the command, file or figure."""
    told = {f"command {number}": " ".join(argv) for number, argv in enumerate(rendered.commands, 1)}
    files = {f"file {name}": text for name, text in rendered.files.items()}
    other = _stated(rendered, {*_UNSEEN, "commands", "files"})
    return told | files | {name: said(value) for name, value in other}


def differences(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[Difference]:
    """What two sets of named words do not share, in the order of the first."""
    for group in dict.fromkeys([*before, *after]):
        ours, theirs = before.get(group, {}), after.get(group, {})
        for name in dict.fromkeys([*ours, *theirs]):
            if ours.get(name) != theirs.get(name):
                yield Difference(group, name, ours.get(name), theirs.get(name))


def said(value: object) -> str:
    """Any value of a record as words."""
    if is_dataclass(value):
        return ", ".join(f"{name} {said(known)}" for name, known in _stated(value, _UNSEEN | {"name"}))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {said(known)}" for name, known in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(said, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _stated(holder: object, without: Iterable[str]) -> Iterator[tuple[str, object]]:
    """The fields of a dataclass that say something."""
    if not is_dataclass(holder):
        return
    for one in fields(holder):
        value = getattr(holder, one.name)
        if one.name not in set(without) and value is not None and value != () and value != {}:
            yield one.name, value
