"""What a run asks of its rows: the loads of the catalog, as the command line, the driver and the machine have them."""

import argparse
from collections.abc import Iterable

import pytest

from bench.model import Load
from bench.rows.catalog import load_catalog
from bench.system import machine
from bench.verbs import measuring


def asked(*words: str) -> Iterable[Load]:
    parser = argparse.ArgumentParser()
    measuring.add_arguments(parser)
    arguments = parser.parse_args(words)
    arguments.driver = "locust"
    return measuring.loads(load_catalog().loads.values(), arguments, machine.probe())


@pytest.mark.parametrize(("connections", "slices"), [(64, True), (512, True), (513, False), (4000, False)])
def test_so_many_connections_that_a_slice_would_not_serve_them_get_whole_windows(
    connections: int, slices: bool
) -> None:
    (capacity,) = [load for load in asked("--connections", str(connections)) if load.name == "capacity"]
    assert (capacity.slice is not None) == slices
    assert capacity.connections == connections


def test_a_window_is_longer_the_more_connections_want_an_answer_in_it() -> None:
    few, many = (
        next(load.duration for load in asked("--connections", count) if load.name == "capacity")
        for count in ("1024", "4096")
    )
    assert many == pytest.approx(4 * few)
