"""`bench list`: which rows exist, which can run here, and the exact command that makes the others run."""

import argparse
import json
from typing import Any

from bench.verbs import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_rows(parser, "@all")
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    known = options.catalog(arguments)
    rows = [_described(server, known.obstacle(server)) for server in known.select(arguments.rows)]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        _show(rows)
    return 0


def _described(server: Any, obstacle: tuple[str, str] | None) -> dict[str, object]:
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
    }


def _show(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("row", "what it is", "here"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        here = "yes" if row["runnable"] else f"no: {row['reason']}. {row['remedy'] or ''}".strip()
        table.add_row(Text(str(row["name"])), Text(str(row["title"])), Text(here))
    Console().print(table)
