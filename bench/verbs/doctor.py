"""`bench doctor`: is this machine fit to measure, what to change, and which effect could be seen on it."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.rows.catalog import load_catalog
from bench.system import machine
from bench.verbs import options, turns

if TYPE_CHECKING:
    from bench.doctor import Floor, Symptom

SECONDS = 45.0
_PLACES = {"shared": "driver on the server's core", "apart": "driver on a core of its own"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="look only, and measure nothing")
    parser.add_argument(
        "--seconds",
        type=options.positive_number,
        default=SECONDS,
        metavar="S",
        help=f"how long the noise floor is measured (default: {SECONDS:g})",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="where to keep the quieter placement of the driver, for `bench run` (default: results)",
    )
    turns.add_arguments(parser)
    options.add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    from bench.doctor import examined, keep, measured

    symptoms = examined()
    if not arguments.json:
        print("\n".join(map(line, symptoms)), flush=True)
    floor = None
    if not arguments.quick:
        with turns.taken(arguments):
            print(f"bench: measuring identical servers for {arguments.seconds:g} s", file=sys.stderr)
            floor = measured(load_catalog(), arguments.seconds, time.time_ns() % 2**32)
        if floor.scatter:
            path = keep(arguments.results, floor, machine.probe())
            print(f"bench: {path} says where the driver runs when cost is measured", file=sys.stderr)
    fit = not any(symptom.grave and not symptom.well for symptom in symptoms) and (floor is None or floor.fit)
    if arguments.json:
        print(json.dumps(as_object(symptoms, floor, fit), indent=2))
    else:
        print("\n".join(conclusion(floor, fit)))
    return 0 if fit else 1


def line(symptom: "Symptom") -> str:
    """A line on what was found; where it is bad, another one with what to do."""
    if symptom.well:
        return f"✓ {symptom.name}: {symptom.told}"
    return f"{'✗' if symptom.grave else '!'} {symptom.name}: {symptom.told}\n    {symptom.remedy}"


def conclusion(floor: "Floor | None", fit: bool) -> list[str]:
    """The noise floor in words, and the answer."""
    if floor is None:
        return ["Nothing grave was found; nothing was measured." if fit else "Not fit to measure: see ✗ above."]
    told = [f"Two identical {floor.server} servers come out apart by, launch by launch (standard deviation):"]
    for place, scatter in floor.scatter.items():
        chosen = "  <- `bench run` measures cost so" if place == floor.choice and len(floor.scatter) > 1 else ""
        told.append(f"  {_PLACES[place]}: {100 * scatter:.2f} % in {len(floor.ratios[place])} rounds{chosen}")
    for minutes, effect in floor.detectable.items():
        seen = "nothing" if effect is None else f"a slowdown of {100 * effect:.2g} %"
        told.append(f"  a gate of {minutes} min of load could see {seen} (95 % of cases, 1 false alarm in 1,000)")
    if not floor.scatter:
        told.append("  too few rounds to tell; allow more --seconds")
    return [*told, "Fit to measure." if fit else "Not fit to measure."]


def as_object(symptoms: list["Symptom"], floor: "Floor | None", fit: bool) -> dict[str, object]:
    return {
        "fit": fit,
        "symptoms": [asdict(symptom) for symptom in symptoms],
        "floor": floor
        and {
            "server": floor.server,
            "seconds": floor.seconds,
            "scatter": floor.scatter,
            "rounds": {place: len(ratios) for place, ratios in floor.ratios.items()},
            "quieter": floor.quieter,
            "choice": floor.choice,
            "detectable": {str(minutes): effect for minutes, effect in floor.detectable.items()},
        },
    }
