"""Options that several commands share, and what they are turned into."""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.errors import ConfigurationError
from bench.model import Server, Settings
from bench.processes import ports
from bench.rows import furnishing, guest
from bench.rows.catalog import Catalog, Profile, load_catalog
from bench.system.machine import longest_backlog

_SHARED = {
    "workers": "worker processes",
    "threads": "threads a worker",
    "backlog": "connections that may wait to be accepted",
}

EVERYWHERE = "0.0.0.0"  # nosec B104  # noqa: S104  only where somebody asks for it by this name


def add_rows(parser: argparse.ArgumentParser, default: str = "@default") -> None:
    parser.add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        default=[default],
        help=f"names, patterns such as 'gunicorn*', or groups (default: {default})",
    )
    parser.add_argument("--servers", type=Path, metavar="FILE", help="a TOML file with rows of your own")


def add_settings(parser: argparse.ArgumentParser, *profiles: str) -> None:
    """The settings that every row is given alike, and the profiles, with those that only this command has."""
    for name, meaning in _SHARED.items():
        parser.add_argument(
            f"--{name}", type=positive_integer, metavar="N", help=f"{meaning}, for every row that has such"
        )
    parser.add_argument(
        "--profile",
        choices=("equal", "recommended", *profiles),
        default="equal",
        help="give all rows the same slots and backlog, or each what its documentation recommends; what --workers, "
        "--threads or --backlog say comes over either (default: equal)",
    )


def add_app(parser: argparse.ArgumentParser) -> None:
    """An app of the user's own, and the Python that rows run in."""
    add = parser.add_argument
    add("--app", metavar="M:A", help="serve your own app, module:attribute, instead of the project's")
    add("--project", type=Path, default=Path(), metavar="DIR", help="the folder it is imported from (default: here)")
    add("--interface", choices=guest.INTERFACES, default="", help="which interface it has (default: found out)")
    add("--path", default="/", metavar="/P", help="what is asked of it (default: /)")
    add("--env", action="append", default=[], metavar="N[=V]", help="a variable it is given; yours without a value")
    add("--python", default="", metavar="V", help="run rows in an environment of this version, or in this interpreter")


def add_host(parser: argparse.ArgumentParser) -> None:
    """Where rows listen. They are asked on loopback whichever it is, so nobody else's address is ever loaded."""
    parser.add_argument(
        "--host",
        choices=(ports.HOST, EVERYWHERE),
        default="",
        help=f"where rows listen: on this machine alone, or at all of its addresses, where others reach them; they are "
        f"loaded at {ports.HOST} in any case (default: {ports.HOST})",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def catalog(arguments: argparse.Namespace) -> Catalog:
    """Every row there is, told by the profile that was chosen, except for what the command line names itself."""
    insisted = frozenset(name for name in _SHARED if getattr(arguments, name, None) is not None)
    profile: Profile = getattr(arguments, "profile", "equal")
    host: str = getattr(arguments, "host", "") or ports.HOST
    if host != ports.HOST:
        tell(f"rows listen at {host}: whoever reaches this machine can ask them while they are up")
    known = replace(load_catalog(arguments.servers), profile=profile, insisted=insisted, host=host)
    rows: list[str] = getattr(arguments, "rows", [])
    known = furnishing.versioned(known, rows)
    if not hasattr(arguments, "app"):
        return known
    visitor = own_app(arguments)
    if visitor:
        known = guest.hosted(known, visitor, arguments.python, tell)
    return furnishing.furnished(known, rows, arguments.python, visitor.requirements if visitor else None, tell)


def own_app(arguments: argparse.Namespace) -> guest.Guest | None:
    """The user's own app, as the command line describes it; None where it names none."""
    if not arguments.app:
        return None
    folder = arguments.project.absolute()
    root = next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)
    variables = _variables(arguments.env)
    return guest.Guest(arguments.app, folder, arguments.interface, arguments.path, variables, root)


def acquainted(known: Catalog, servers: list[Server], settings: Settings) -> Catalog:
    """The catalog in which the right answer of the user's own app is known; one of these rows is started for that."""
    return guest.acquainted(known, servers, settings, tell)


def tell(line: str) -> None:
    """Say on standard error what is going on."""
    print(f"bench: {line}", file=sys.stderr, flush=True)


def _variables(said: list[str]) -> dict[str, str]:
    found = {}
    for text in said:
        name, equals, value = text.partition("=")
        if not equals and name not in os.environ:
            raise ConfigurationError(f"--env {name} has no value, and there is no such variable here.")
        found[name] = value if equals else os.environ[name]
    return found


def settings(arguments: argparse.Namespace, defaults: Settings) -> Settings:
    """The defaults, with what the command line says instead."""
    said = {name: getattr(arguments, name) for name in _SHARED if getattr(arguments, name) is not None}
    longest = longest_backlog()
    if said.get("backlog", 0) > longest:
        raise ConfigurationError(f"--backlog {said['backlog']} is more than this kernel allows: {longest} at the most.")
    # Rows are told to take as many connections as the driver is to have, or the rest would never be served.
    most = max(defaults.connections, getattr(arguments, "connections", None) or 0)
    return replace(replace(defaults, backlog=min(defaults.backlog, longest), connections=most), **said)


def _number(convert: Callable[[str], float], kind: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = convert(text)
        except ValueError:
            value = 0
        if not 0 < value < 1e9:
            raise argparse.ArgumentTypeError(f"'{text}' is not a positive {kind}")
        return value

    return parse


positive_integer = _number(int, "whole number")
positive_number = _number(float, "number")
