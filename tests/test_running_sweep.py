"""A sweep asks with more and more connections, and never for more than the machine and the rows can take."""

from dataclasses import replace

import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ConfigurationError
from bench.model import Load, Record, Settings, Trial, Window
from bench.running.sweep import swept
from bench.validity import Evidence

LOADS = (Load("capacity", connections=64, windows=2), Load("half", share=0.5))


@given(st.integers(1, 512))
def test_a_sweep_adds_every_power_of_two_once(most: int) -> None:
    loads = swept(LOADS, most, Settings())
    assert loads[:2] == LOADS
    closed = [load.connections for load in loads if load.model == "closed"]
    assert sorted({*closed} - {64}) == [2**power for power in range(10) if 2**power <= most and 2**power != 64]
    assert len(closed) == len({*closed})


def test_a_step_differs_from_the_capacity_load_in_its_connections_alone() -> None:
    step = swept(LOADS, 1, Settings())[-1]
    assert replace(step, name="capacity", title="", connections=64, windows=2) == LOADS[0]
    assert step.title == "as fast as it answers 1 connection"


def test_open_loads_alone_are_not_swept() -> None:
    assert swept(LOADS[1:], 8, Settings()) == LOADS[1:]


@pytest.mark.parametrize(
    ("most", "connections", "why"),
    [(2048, 1024, "rows are told to take: 1024"), (2**30, 2**31, "one process may open")],
)
def test_more_than_can_be_is_refused(most: int, connections: int, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        swept(LOADS, most, Settings(connections=connections))


def test_a_row_is_judged_by_the_load_that_tells_its_capacity() -> None:
    windows = [
        Window(load.name, "closed", load.connections, 0.0, 1.0, responses=10 * load.connections)
        for load in swept(LOADS[:1], 4, Settings())
    ]
    record = Record(Trial("one", 0, 0, 1), 0.0, windows=tuple(windows))
    assert {window.load for window in Evidence([record], synthetic.run()).closed} == {"capacity"}
