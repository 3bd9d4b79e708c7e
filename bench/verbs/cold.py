"""`bench cold`: what the first requests after a launch wait for, row by row, with compiled code and without."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import cold, stats
from bench.cold import Experiment, Start
from bench.errors import BenchError
from bench.judgement import Estimate
from bench.model import Seconds
from bench.system import machine
from bench.verbs import options, turns

_FIGURES: dict[str, Callable[[Sequence[Start]], list[Seconds]]] = {
    "ready": lambda starts: [start.ready for start in starts if start.ready is not None],
    "first": lambda starts: [start.first for start in starts if start.first is not None],
    "second": lambda starts: [start.second for start in starts if start.second is not None],
    "worker": cold.slowest,
}
_HEADINGS = ("row", "code", "launch to answer", "request 1", "request 2", "slowest worker's first", "processes before")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_rows(parser)
    parser.add_argument(
        "--launches", type=options.positive_integer, default=5, metavar="N", help="of each row and code (default: 5)"
    )
    parser.add_argument("--code", choices=("both", "compiled", "source"), default="both", help="(default: both)")
    parser.add_argument(
        "--calm",
        type=options.positive_number,
        default=5.0,
        metavar="SECONDS",
        help="how long a site of IIS is up before its first visitor comes (default: 5)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="repeat the random order of an earlier run")
    options.add_settings(parser)
    turns.add_arguments(parser)
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    known = options.catalog(arguments)
    servers = [server for server in known.select(arguments.rows) if _can_run(known.obstacle(server), server.name)]
    if not servers:
        raise BenchError("none of these rows can run here: 'bench list' says what would make them.")
    with turns.taken(arguments), tempfile.TemporaryDirectory(prefix="bench-cold-") as folder:
        # Workers may run as nobody, who must find what was compiled.
        Path(folder).chmod(0o711)
        experiment = Experiment(
            catalog=known,
            servers=tuple(servers),
            settings=options.settings(arguments, known.settings),
            launches=arguments.launches,
            folder=Path(folder),
            seed=arguments.seed if arguments.seed is not None else time.time_ns() % 2**32,
            compiled={"both": (True, False), "compiled": (True,), "source": (False,)}[arguments.code],
            cores=machine.probe().server_cores,
            calm=arguments.calm,
        )
        starts = list(cold.carry_out(experiment, _tell))
    rows = summarised(starts)
    if arguments.json:
        print(json.dumps({"seed": experiment.seed, "rows": rows, "launches": [*map(asdict, starts)]}, indent=2))
    else:
        _show(rows)
    return 1 if any(start.failure for start in starts) else 0


def summarised(starts: Sequence[Start]) -> list[dict[str, object]]:
    """A row a line, in the order of their first requests: means over launches, with Student's 95 % intervals."""
    rows: list[dict[str, object]] = []
    for row, compiled in dict.fromkeys((start.row, start.compiled) for start in sorted(starts, key=_order)):
        of_it = [start for start in starts if (start.row, start.compiled) == (row, compiled)]
        found = {name: _estimated(figures(of_it)) for name, figures in _FIGURES.items()}
        counts = sorted({start.processes for start in of_it if start.processes is not None})
        failures = [start.failure for start in of_it if start.failure]
        seen = sorted({len(start.workers) for start in of_it if not start.failure})
        rows.append({"row": row, "compiled": compiled, **found, "workers_seen": seen, "processes": counts})
        rows[-1] |= {"launches": len(of_it), "failures": failures}
    return rows


def _order(start: Start) -> tuple[str, bool]:
    return start.row, not start.compiled


def _estimated(values: Sequence[Seconds]) -> dict[str, float | None] | None:
    return asdict(stats.estimate(values)) if values else None


def _can_run(obstacle: tuple[str, str] | None, name: str) -> bool:
    if obstacle:
        print(f"bench: {name} is left out: {obstacle[0]}. {obstacle[1]}".rstrip(), file=sys.stderr)
    return obstacle is None


def _tell(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def _show(rows: Sequence[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, justify="left" if heading in _HEADINGS[:2] else "right", overflow="fold")
    for row in rows:
        cells = [str(row["row"]), "compiled" if row["compiled"] else "source", *(_cell(row[name]) for name in _FIGURES)]
        counts = row["processes"] if isinstance(row["processes"], list) else []
        table.add_row(*map(Text, [*cells, " to ".join(map(str, [*counts[:1], *counts[1:][-1:]]))]))
    console = Console()
    console.print(table)
    console.print("Milliseconds: means over launches, and how far their 95 % intervals reach.", highlight=False)
    for row in rows:
        for failure in row["failures"] if isinstance(row["failures"], list) else []:
            console.print(Text(f"{row['row']}: {failure}"))


def _cell(found: object) -> str:
    if not isinstance(found, dict):
        return "-"
    seen = Estimate(**{name: found[name] for name in ("value", "low", "high")})
    reach = f" ± {1000 * (seen.high - seen.value):.1f}" if seen.high is not None else ""
    return f"{1000 * seen.value:.1f}{reach}"
