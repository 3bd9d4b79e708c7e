"""Options for what stands together: the rows and loads of a scenario, the test of 2016, and its columns."""

import argparse
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from bench.rows.catalog import Catalog
from bench.rows.scenarios import Scenario, find_scenario, load_scenarios

if TYPE_CHECKING:
    from bench.report.rows import Summary

SIEGE = "siege"
"""The scenario that is the test of 2016, also by the name of a profile."""


def add_scenario(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenario",
        metavar="NAME",
        help="the rows and loads of a situation: development, small, static, https, production, traffic, siege",
    )


def add_columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--columns",
        choices=(SIEGE,),
        help="also show capacity in siege's own terms, beside the figures published in 2016",
    )


def chosen(arguments: argparse.Namespace) -> Scenario | None:
    """The scenario that is asked for; the arguments then name its rows, unless others are, and a profile of servers."""
    if arguments.profile == SIEGE:
        arguments.scenario, arguments.profile = SIEGE, "equal"
    if arguments.scenario is None:
        return None
    scenario = find_scenario(arguments.scenario)
    if scenario.name == SIEGE and not (arguments.rounds or arguments.precision or arguments.max_time):
        # As in 2016: one test of each, however long that takes.
        arguments.rounds = 1
    if arguments.rows == ["@default"]:
        arguments.rows = [scenario.group]
    return scenario


def placed(known: Catalog, scenario: Scenario | None) -> Catalog:
    """The catalog with a scenario's loads instead of the usual ones."""
    return replace(known, loads={load.name: load for load in scenario.loads}) if scenario else known


def columns(summary: "Summary", wanted: str | None) -> str:
    """What stands below a ranking: siege's columns, where they are wanted or the run is a test in its manner."""
    from bench.report import siege

    return f"\n\n{siege.text(summary)}" if wanted == SIEGE or siege.is_siege(summary) else ""


def show(known: Catalog, as_json: bool) -> None:
    """Every scenario, with its rows and the advice that it puts to the test."""
    told = [
        {**asdict(scenario), "rows": [server.name for server in known.select([scenario.group])]}
        for scenario in load_scenarios().values()
    ]
    if as_json:
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for said in told:
        print(f"{said['name']}: {said['title']}\n    {', '.join(said['rows'])}\n    {said['question']}")
