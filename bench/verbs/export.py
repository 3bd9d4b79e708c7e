"""`bench export`: a row's configuration for an app, as a folder that can be deployed."""

import argparse
import json
import re
from pathlib import Path

from bench.errors import BenchError, ConfigurationError
from bench.iis import export as iis
from bench.model import Server
from bench.rows import export
from bench.verbs import options

_TARGET = re.compile(r"[^\W\d]\w*(\.\w+)*:[^\W\d]\w*(\.\w+)*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("row", metavar="ROW", help="the row that is to be deployed")
    parser.add_argument("--servers", type=Path, metavar="FILE", help="a TOML file with rows of your own")
    parser.add_argument("--to", type=Path, metavar="DIR", help="where it is written (default: export-ROW)")
    parser.add_argument(
        "--app", dest="target", default="app:app", metavar="M:A", help="the app as module:attribute (default: app:app)"
    )
    parser.add_argument("--root", metavar="DIR", help="where it will lie (default: /srv/app, on Windows C:\\site)")
    parser.add_argument("--port", type=options.positive_integer, default=8000, metavar="N", help="(default: 8000)")
    options.add_settings(parser)
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    known = options.catalog(arguments)
    server = _one(known.select([arguments.row]))
    if not _TARGET.fullmatch(arguments.target):
        raise ConfigurationError(f"--app '{arguments.target}' is no module:attribute, such as app:app.")
    settings = options.settings(arguments, known.settings)
    if "iisexpress" in server.programs:
        raise ConfigurationError(
            f"{server.name} is for development alone: `bench export iis+wfastcgi` is what to deploy."
        )
    if "iis" in server.groups:
        root = arguments.root or "C:\\site"
        files = iis.exported(server, known.told(server, settings), root, arguments.port, arguments.target)
    else:
        place = export.Place(arguments.root or "/srv/app", arguments.port, arguments.target)
        files = export.exported(known, server, settings, place)
    folder = arguments.to or Path(f"export-{server.name}")
    write(folder, files)
    if arguments.json:
        print(json.dumps({"folder": str(folder), "files": sorted(files)}, indent=2))
    else:
        print("\n".join(str(folder / name) for name in sorted(files)))
    return 0


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files into a folder that must be new or empty: nobody's own are overwritten."""
    try:
        if folder.exists() and any(folder.iterdir()):
            raise BenchError(f"{folder} is not empty: name another folder with --to.")
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Windows PowerShell takes a file without a mark for one in the console's own code page.
            encoding, newline = ("utf-8-sig", "\r\n") if name.endswith(".ps1") else ("utf-8", "\n")
            path.write_text(text, encoding, newline=newline)
    except OSError as error:
        raise BenchError(f"{folder} cannot be written: {error.strerror}.") from None


def _one(servers: list[Server]) -> Server:
    if len(servers) != 1 or not servers[0].run:
        raise ConfigurationError("one row can be exported at a time, and one that runs: `bench list` has their names.")
    return servers[0]
