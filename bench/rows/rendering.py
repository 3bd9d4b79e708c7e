"""Fills the holes of a row's commands and files. Nothing is read or started here."""

import ast
import operator
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace

from bench.errors import ConfigurationError, did_you_mean
from bench.model import Server, Settings

PORTS = tuple(f"port{number}" for number in range(2, 10))
TOLD = frozenset(field.name for field in fields(Settings)) | {"slots", "name", "fronts"}
APP = frozenset({"app", "module", "attribute", "apps", "project"})
GIVEN = APP | {"python", "packages", "harness", "library", "host", "loopback", "port", "scratch"}
ACCOUNT = frozenset({"account", "account_group"})
HOLES = GIVEN | ACCOUNT | TOLD | {*PORTS}
"""Every hole that the launcher knows how to fill; `instance` is filled here, where a command or a line is repeated."""

_BRACES = re.compile(r"\{([a-z_0-9]+)\}")
_WORDS = re.compile(r"[a-z]+")
_ATS = re.compile(r"@([a-z_0-9]+)@")
# On Windows, a backslash is in every path.
_BREAKS_OUT = re.compile(r"[\x00-\x1f\x7f\"]|^/.*\\")
_OPERATIONS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


@dataclass(frozen=True)
class Advice:
    """What a server's own documentation says of one setting: a formula that may ask for `cores`, and the page."""

    value: str
    page: str


def commands(server: Server, holes: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """A row's commands as argv. Words are split before holes are filled, so a path with a space stays one word.

    A command with {instance} is there once for each of the workers, numbered from 1.
    """
    return _commands(server, server.run, holes, "run")


def preparations(server: Server, holes: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """What is carried out before a row's commands, as argv."""
    return _commands(server, server.prepare, holes, "prepare")


def environment(server: Server, holes: Mapping[str, str]) -> dict[str, str]:
    """The variables that a row's table adds to the environment."""
    where = f"[{server.name}] environment"
    return {name: _filled(_BRACES, value, holes, where) for name, value in server.environment.items()}


def fill(template: str, holes: Mapping[str, str], where: str = "a template") -> str:
    """A file with each @hole@ filled; `where` is the file's name, for errors.

    A line with @instance@ is there once for each of the workers, numbered from 1. Raises ConfigurationError for what
    would end a string in it and go on as its text.
    """
    for hole in _ATS.findall(template):
        if _BREAKS_OUT.search(holes.get(hole, "")):
            raise ConfigurationError(
                f"{where}: @{hole}@ would be {holes[hole]!r}, which no configuration file can hold: name a "
                "folder without quotation marks, backslashes and line ends."
            )
    lines = template.splitlines(keepends=True)
    return "".join(_filled(_ATS, line, each, where) for line in lines for each in _instances("@instance@", line, holes))


def used(server: Server, templates: Mapping[str, str]) -> frozenset[str]:
    """Which holes a row's commands, environment and files have: what the launcher must be able to fill."""
    braced = " ".join((*server.prepare, *server.run, *server.environment.values()))
    found = frozenset(_BRACES.findall(braced)) | frozenset(_ATS.findall("\n".join(templates.values())))
    formula = frozenset(_WORDS.findall(server.slots)) if "slots" in found else frozenset()
    return found | formula | ({"workers"} if found & {"instance", "fronts"} else set())


def told(server: Server, settings: Settings) -> dict[str, str]:
    """The holes that follow from a row and its settings alone; `slots` is one only where the row has a formula."""
    limit = slots(server, settings)
    known = {
        **asdict(settings),
        "name": server.name,
        "fronts": settings.workers,
        **({} if limit is None else {"slots": limit}),
    }
    return {name: str(value) for name, value in known.items()}


def slots(server: Server, settings: Settings) -> int | None:
    """How many requests a row can work on at once, by its formula; None for a row without one."""
    if not server.slots:
        return None
    return _reckoned(server.slots, asdict(settings), f"[{server.name}] slots")


def busy(server: Server, settings: Settings) -> int:
    """How many requests keep a row busy: one for each slot, where that is not as many as there are connections."""
    known, usual = slots(server, settings), common_slots(settings)
    return min(known, usual) if known else usual


def equalled(server: Server, settings: Settings) -> Settings:
    """The settings with which a row has as many slots as workers * threads, where one of the two alone decides them."""
    if server.slots not in ("workers", "threads"):
        return settings
    return replace(settings, **{server.slots: common_slots(settings)})


def common_slots(settings: Settings) -> int:
    """How many slots every row has under the profile `equal`, if it can."""
    return settings.workers * settings.threads


def inequality(server: Server, settings: Settings) -> str | None:
    """Why a row cannot have as many slots as the others, in its table's own words; None where it has."""
    if not server.run or slots(server, equalled(server, settings)) == common_slots(settings):
        return None
    said = dict.fromkeys(server.ignores[name] for name in ("workers", "threads") if name in server.ignores)
    return "; ".join(said) or f"it has {server.slots}"


def advised(advice: Mapping[str, Advice], settings: Settings, cores: int, where: str) -> Settings:
    """The settings with what is advised instead, where there is advice; `where` names it, for errors."""
    names = {"cores": cores}
    return replace(settings, **{key: _reckoned(said.value, names, f"{where} {key}") for key, said in advice.items()})


def _reckoned(formula: str, names: Mapping[str, int], where: str) -> int:
    try:
        found = _value(ast.parse(formula, mode="eval").body, names)
    except (SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError, RecursionError, MemoryError) as error:
        hint = did_you_mean(str(error.args[0]), names) if isinstance(error, KeyError) else ""
        known = ", ".join(names)
        raise ConfigurationError(
            f"{where}: '{formula}' is not a formula of whole numbers and {known} with + - * // min max.{hint}"
        ) from None
    if found < 1:
        raise ConfigurationError(f"{where}: '{formula}' comes to {found} with {dict(names)}.")
    return found


def _value(node: ast.expr, names: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int(number)) if number is not True and number is not False:
            return number
        case ast.Name(id=name):
            return names[name]
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATIONS[type(sign)](_value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id="min" | "max" as choice), args=[_, *_] as values, keywords=[]):
            return {"min": min, "max": max}[choice](_value(value, names) for value in values)
    raise TypeError(node)


def _commands(
    server: Server, written: tuple[str, ...], holes: Mapping[str, str], key: str
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(_filled(_BRACES, word, each, f"[{server.name}] {key}") for word in _words(server, command, key))
        for command in written
        for each in _instances("{instance}", command, holes)
    )


def _instances(hole: str, text: str, holes: Mapping[str, str]) -> list[Mapping[str, str]]:
    """The holes, once; or once for each worker, with its number, where the text asks for that."""
    if hole not in text:
        return [holes]
    return [{**holes, "instance": str(number + 1)} for number in range(max(1, int(holes["workers"])))]


def _words(server: Server, command: str, key: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"[{server.name}] {key}: '{command}' cannot be split into words: {error}.") from None
    if not words:
        raise ConfigurationError(f"[{server.name}] {key} has an empty command.")
    return words


def _filled(pattern: re.Pattern[str], text: str, holes: Mapping[str, str], where: str) -> str:
    def value(match: re.Match[str]) -> str:
        hole = match[1]
        if hole not in holes:
            raise ConfigurationError(
                f"{where} has a hole '{match[0]}' that is unknown here.{did_you_mean(hole, holes)}"
            )
        return holes[hole]

    return pattern.sub(value, text)
