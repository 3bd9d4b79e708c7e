"""Fills the holes of a row's commands and files. Nothing is read or started here."""

import ast
import operator
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields

from bench.errors import ConfigurationError, did_you_mean
from bench.model import Server, Settings

PORTS = tuple(f"port{number}" for number in range(2, 10))
TOLD = frozenset(field.name for field in fields(Settings)) | {"slots", "name"}
GIVEN = frozenset({"python", "app", "apps", "host", "port", "scratch", "account", "account_group"})
HOLES = GIVEN | TOLD | {*PORTS}
"""Every hole that the launcher knows how to fill."""

_BRACES = re.compile(r"\{([a-z_0-9]+)\}")
_ATS = re.compile(r"@([a-z_0-9]+)@")
_OPERATIONS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


def commands(server: Server, holes: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """A row's commands as argv. Words are split before holes are filled, so a path with a space stays one word."""
    return tuple(
        tuple(_filled(_BRACES, word, holes, f"[{server.name}] run") for word in _words(server, command))
        for command in server.run
    )


def environment(server: Server, holes: Mapping[str, str]) -> dict[str, str]:
    """The variables that a row's table adds to the environment."""
    where = f"[{server.name}] environment"
    return {name: _filled(_BRACES, value, holes, where) for name, value in server.environment.items()}


def fill(template: str, holes: Mapping[str, str], where: str = "a template") -> str:
    """A file with each @hole@ filled; `where` is the file's name, for errors."""
    return _filled(_ATS, template, holes, where)


def used(server: Server, templates: Mapping[str, str]) -> frozenset[str]:
    """Which holes a row's commands, environment and files have: what the launcher must be able to fill."""
    braced = " ".join((*server.run, *server.environment.values()))
    return frozenset(_BRACES.findall(braced)) | frozenset(_ATS.findall("\n".join(templates.values())))


def told(server: Server, settings: Settings) -> dict[str, str]:
    """The holes that follow from a row and its settings alone; `slots` is one only where the row has a formula."""
    limit = slots(server, settings)
    known = {**asdict(settings), "name": server.name, **({} if limit is None else {"slots": limit})}
    return {name: str(value) for name, value in known.items()}


def slots(server: Server, settings: Settings) -> int | None:
    """How many requests a row can work on at once, by its formula; None for a row without one."""
    if not server.slots:
        return None
    names = asdict(settings)
    try:
        found = _value(ast.parse(server.slots, mode="eval").body, names)
    except (SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError, RecursionError, MemoryError) as error:
        hint = did_you_mean(str(error.args[0]), names) if isinstance(error, KeyError) else ""
        known = ", ".join(names)
        raise ConfigurationError(
            f"[{server.name}] slots: '{server.slots}' is not a formula of whole numbers and {known} "
            f"with + - * // min max.{hint}"
        ) from None
    if found < 1:
        raise ConfigurationError(f"[{server.name}] slots: '{server.slots}' comes to {found} with {settings}.")
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


def _words(server: Server, command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"[{server.name}] run: '{command}' cannot be split into words: {error}.") from None
    if not words:
        raise ConfigurationError(f"[{server.name}] run has an empty command.")
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
