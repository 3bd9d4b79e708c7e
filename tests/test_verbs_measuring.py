"""What a run asks of its rows: the loads of the catalog, as the command line, the driver and the machine have them."""

import argparse
from collections.abc import Iterable
from dataclasses import replace

import pytest

from bench.model import Load
from bench.rows.catalog import load_catalog
from bench.system import machine
from bench.verbs import measuring


def asked(*words: str, slots: int = 1, cores: int = 1) -> Iterable[Load]:
    parser = argparse.ArgumentParser()
    measuring.add_arguments(parser)
    arguments = parser.parse_args(words)
    arguments.driver = "locust"
    here = replace(machine.probe(), server_cores=tuple(range(cores)), driver_cores=(cores,))
    return measuring.loads(load_catalog().loads.values(), arguments, here, slots)


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


def capacity(*words: str, slots: int = 1, cores: int = 1) -> Load:
    return next(load for load in asked(*words, slots=slots, cores=cores) if load.name == "capacity")


@pytest.mark.parametrize(
    ("slots", "cores", "connections"), [(1, 1, 16), (8, 1, 16), (9, 2, 18), (128, 7, 256), (8, 7, 56)]
)
def test_each_slot_finds_the_next_request_waiting_and_each_core_a_connection(
    slots: int, cores: int, connections: int
) -> None:
    assert capacity(slots=slots, cores=cores).connections == connections
    assert capacity("--connections", "4", slots=slots, cores=cores).connections == 4


def test_its_title_tells_how_many_connections_a_load_has() -> None:
    assert capacity().title == "as fast as it answers 16 connections"
    assert capacity("--connections", "200").title == "as fast as it answers 200 connections"


def test_cost_is_told_with_connections_of_its_own() -> None:
    few, many = ([load for load in asked("--connections", count, slots=64) if load.shared] for count in ("1", "400"))
    assert few == many
