"""`bench list`: which rows exist, which can run here, and the exact command that makes the others run."""

import argparse
import json
from collections.abc import Sequence
from typing import Literal

from bench.model import Server, Settings
from bench.rows import rendering
from bench.rows.catalog import Catalog
from bench.rows.scenarios import find_scenario
from bench.verbs import options, situation

_COLUMNS: Sequence[tuple[str, Literal["left", "right"]]] = (
    ("row", "left"),
    ("what it is", "left"),
    ("at once", "right"),
    ("here", "left"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_rows(parser, "@all")
    options.add_settings(parser)
    parser.add_argument(
        "--scenario",
        nargs="?",
        const="",
        metavar="NAME",
        help="the scenarios that there are, or the rows of one",
    )
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    known = options.catalog(arguments)
    if arguments.scenario == "":
        situation.show(known, arguments.json)
        return 0
    chosen = [find_scenario(arguments.scenario).group] if arguments.scenario else arguments.rows
    settings = options.settings(arguments, known.settings)
    rows = [_described(known, server, settings) for server in known.select(chosen)]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        _show(rows)
    return 0


def _described(known: Catalog, server: Server, settings: Settings) -> dict[str, object]:
    obstacle = known.obstacle(server)
    reason, remedy = obstacle or (None, None)
    return {
        "name": server.name,
        "title": server.title,
        "serves": server.serves,
        "groups": list(server.groups),
        "runnable": obstacle is None,
        "reason": reason,
        "remedy": remedy or None,
        "slots": server.slots,
        "at_once": rendering.slots(server, known.told(server, settings)),
        "unequal": rendering.inequality(server, settings) if known.profile == "equal" else None,
    }


def _show(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading, justify in _COLUMNS:
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        here = "yes" if row["runnable"] else f"no: {row['reason']}. {row['remedy'] or ''}".strip()
        at_once = f"{'?' if row['at_once'] is None else row['at_once']}{'*' if row['unequal'] else ''}"
        table.add_row(Text(str(row["name"])), Text(str(row["title"])), Text(at_once), Text(here))
    Console().print(table)
    if any(row["unequal"] for row in rows):
        print("\n* cannot be given as many requests at once as the others: --json and docs/servers.md say why")
