"""`bench load`: the load driver alone, against any URL that is near."""

import argparse
from functools import partial

from bench.drivers import cli
from bench.verbs import turns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    cli.add_arguments(parser)
    turns.add_arguments(parser)


def execute(arguments: argparse.Namespace) -> int:
    return cli.load_command(arguments, partial(turns.taken, arguments))
