"""`bench check`: start, verify and stop rows, without load; says of each how it behaves."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.check import Inspection, inspect
from bench.errors import BenchError
from bench.verbs import options, turns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_rows(parser)
    options.add_settings(parser)
    options.add_app(parser)
    options.add_host(parser)
    turns.add_arguments(parser)
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    known = options.catalog(arguments)
    settings = options.settings(arguments, known.settings)
    servers = known.select(arguments.rows)
    runnable = [server for server in servers if known.obstacle(server) is None]
    for server in servers:
        if obstacle := known.obstacle(server):
            print(f"bench: {server.name} is left out: {obstacle[0]}. {obstacle[1]}".rstrip(), file=sys.stderr)
    if not runnable:
        raise BenchError("none of these rows can run here: 'bench list' says what would make them.")
    inspections = []
    with turns.taken(arguments), tempfile.TemporaryDirectory(prefix="bench-logs-") as logs:
        known = options.acquainted(known, runnable, settings)
        for server in runnable:
            inspections.append(inspect(known, server, settings, Path(logs)))
            if not arguments.json:
                print(sentence(inspections[-1]), flush=True)
    if arguments.json:
        print(json.dumps([asdict(inspection) for inspection in inspections], indent=2))
    return 0 if all(inspection.ok for inspection in inspections) else 1


def sentence(seen: Inspection) -> str:
    """One line on one row."""
    if not seen.ok:
        left = f"; {seen.processes_left} processes left" if seen.processes_left else ""
        return f"✗ {seen.name}: {seen.failure or 'it leaves processes behind'}{left}"
    concurrent = "" if seen.slots_measured is None else f"{seen.slots_measured} at once, "
    told = "".join(f"\n    {quirk}" for quirk in seen.quirks)
    return (
        f"✓ {seen.name}: {seen.http_version}, {'keep-alive' if seen.keep_alive else 'no keep-alive'}, {concurrent}"
        f"up in {seen.ready:.2f} s, first answer in {1000 * (seen.ttfb_first or 0):.1f} ms, "
        f"then {1000 * (seen.ttfb_second or 0):.1f} ms{told}"
    )
