"""Options that several commands share, and what they are turned into."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.catalog import Catalog, Profile, load_catalog
from bench.errors import ConfigurationError
from bench.machine import longest_backlog
from bench.model import Settings

_SHARED = {
    "workers": "worker processes",
    "threads": "threads a worker",
    "backlog": "connections that may wait to be accepted",
}


def add_rows(parser: argparse.ArgumentParser, default: str = "@default") -> None:
    parser.add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        default=[default],
        help=f"names, patterns such as 'gunicorn*', or groups (default: {default})",
    )
    parser.add_argument("--servers", type=Path, metavar="FILE", help="a TOML file with rows of your own")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The settings that every row is given alike."""
    for name, meaning in _SHARED.items():
        parser.add_argument(
            f"--{name}", type=positive_integer, metavar="N", help=f"{meaning}, for every row that has such"
        )
    parser.add_argument(
        "--profile",
        choices=("equal", "recommended"),
        default="equal",
        help="give all rows the same slots and backlog, or each what its documentation recommends; what --workers, "
        "--threads or --backlog say comes over either (default: equal)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def catalog(arguments: argparse.Namespace) -> Catalog:
    """Every row there is, told by the profile that was chosen, except for what the command line names itself."""
    insisted = frozenset(name for name in _SHARED if getattr(arguments, name, None) is not None)
    profile: Profile = getattr(arguments, "profile", "equal")
    return replace(load_catalog(arguments.servers), profile=profile, insisted=insisted)


def settings(arguments: argparse.Namespace, defaults: Settings) -> Settings:
    """The defaults, with what the command line says instead."""
    said = {name: getattr(arguments, name) for name in _SHARED if getattr(arguments, name) is not None}
    longest = longest_backlog()
    if said.get("backlog", 0) > longest:
        raise ConfigurationError(f"--backlog {said['backlog']} is more than this kernel allows: {longest} at the most.")
    return replace(replace(defaults, backlog=min(defaults.backlog, longest)), **said)


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
