"""Tries everything that a row's table promises, short of starting it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from math import inf

from bench.errors import ConfigurationError, did_you_mean
from bench.model import Server, Settings
from bench.rows.rendering import HOLES, commands, environment, fill, preparations, slots
from bench.rows.tables import Source

SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows", "posix": "Unix", "nt": "Windows"}
"""What people call the systems that a table names as Python does."""

_STOPS = ("TERM", "INT", "QUIT", "HUP", "KILL", "USR1", "USR2", "WINCH", "ABRT")
_NAME = re.compile(r"\w[\w.+=-]{0,59}")


@dataclass(frozen=True)
class Known:
    """What a row may name: apps, tables of advice, settings."""

    apps: Collection[str]
    advice: Collection[str]
    settings: Settings


def admit(source: Source, server: Server, templates: Callable[[Server], Mapping[str, str]], known: Known) -> None:
    """Raise ConfigurationError, which names file, line, table and key, for a row that cannot work as it is written."""
    _check_words(source, server, known)
    settings = asdict(known.settings)
    for key in server.ignores.keys() - settings:
        hint = did_you_mean(key, settings)
        raise source.error(f"names no setting: '{key}'.{hint}", f"{server.name}.ignores", key)
    holes = dict.fromkeys(HOLES, "0")
    try:
        commands(server, holes)
        preparations(server, holes)
        environment(server, holes)
        slots(server, known.settings)
        for file, template in templates(server).items():
            fill(template, holes, file)
    except ConfigurationError as error:
        raise ConfigurationError(f"{source.place(server.name)}: {error}") from None


def _check_words(source: Source, server: Server, known: Known) -> None:
    name = server.name
    if not _NAME.fullmatch(name):
        raise source.error("is no name for a row: up to 60 letters, digits and _ . + = - only.", name)
    if server.serves not in known.apps:
        hint = did_you_mean(server.serves, known.apps)
        raise source.error(f"serves '{server.serves}', which is no app.{hint}", name, "serves")
    if not server.run and not server.unavailable:
        raise source.error("has no command to run.", name, "run")
    if server.advice and server.advice not in known.advice:
        hint = did_you_mean(server.advice, known.advice)
        raise source.error(f"follows the advice '{server.advice}', which is no table.{hint}", name, "advice")
    if server.stop not in _STOPS:
        raise source.error(f"ends by '{server.stop}', which is none of {', '.join(_STOPS)}.", name, "stop")
    for system in server.platforms:
        if system not in SYSTEMS:
            hint = did_you_mean(system, SYSTEMS) or f" There are {', '.join(SYSTEMS)}."
            raise source.error(f"runs on '{system}', which is no system.{hint}", name, "platforms")
    for key, least in (("deadline", 0.01), ("grace", 0.0)):
        if not least <= getattr(server, key) < inf:
            raise source.error(f"cannot be followed: {key} is {getattr(server, key)} seconds.", name, key)
