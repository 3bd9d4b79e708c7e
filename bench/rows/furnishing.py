"""Gives rows what their names and the command line ask for: a version of the server, an interpreter, its packages."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.errors import ConfigurationError
from bench.model import Server
from bench.rows import environment, requirements
from bench.rows.catalog import Catalog
from bench.rows.environment import Tell
from bench.rows.programs import suits
from bench.rows.requirements import Requirements


def versioned(known: Catalog, patterns: Sequence[str]) -> Catalog:
    """The catalog with a row for every name==version among the patterns: the same row with another distribution."""
    servers = dict(known.servers)
    for pattern in patterns:
        names, equals, version = pattern.partition("==")
        for server in known.select([names]) if equals else ():
            name = f"{server.name}=={version}"
            pin = f"{distribution(server)}=={version}"
            servers[name] = replace(server, name=name, title=f"{server.title} {version}", pins=(*server.pins, pin))
    return replace(known, servers=servers)


def distribution(server: Server) -> str:
    """The distribution that a version in a row's name is about: the one that the row is named after."""
    places = {need: server.name.find(_stem(need)) for need in server.needs}
    named = [need for need, place in sorted(places.items(), key=lambda pair: pair[1]) if place >= 0]
    if not named:
        raise ConfigurationError(
            f"{server.name} is named after none of the distributions it needs ({', '.join(server.needs) or 'none'}): "
            'which has this version? Write a row of your own with pins = ["name==version"].'
        )
    return named[0]


def furnished(
    known: Catalog, patterns: Sequence[str], python: str = "", needed: Requirements | None = None, tell: Tell = print
) -> Catalog:
    """The catalog with an interpreter for each row asked for that cannot run in the harness's own.

    That is one with pins, all when a Python is named, and all when the app has requirements; an interpreter that is
    named by its path is taken as it is. A row whose environment cannot be built is unavailable, with the reason.
    """
    path = "" if not python or environment.is_version(python) else str(Path(python).absolute())
    servers = dict(known.servers)
    for server in known.select(patterns):
        if server.unavailable or not suits(server.platforms) or not server.needs:
            continue
        base = server.python or path or python
        if path and not server.pins:
            servers[server.name] = replace(server, python=base)
        elif base or server.pins or needed:
            servers[server.name] = _built(server, base, None if path else needed, tell)
    return replace(known, servers=servers)


def _built(server: Server, python: str, needed: Requirements | None, tell: Tell) -> Server:
    want = environment.wanted(python, needed, server.needs, server.pins)
    try:
        return replace(server, python=environment.built(want, tell))
    except ConfigurationError as error:
        return replace(server, unavailable=str(error).removesuffix("."))


def _stem(need: str) -> str:
    return requirements.name(need).removeprefix("py")
