"""What was measured in slices agrees with itself, and what was changed in them is told."""

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from scripted import HELLO, always, scripted
from test_drivers_slicing import CUT, LOAD

from bench.drivers.pool import Pool
from bench.drivers.turns import Turns
from bench.model import Record, Target, Trial, Window
from bench.stored import coherence


@pytest.fixture(scope="module")
def slow() -> Window:
    """A window of a row that sat blocks out."""
    with scripted(always(HELLO)) as server, closing(Pool(server.url)) as pool:
        turns = Turns(pool, Target("slow", server.url), LOAD, 1)
        for block in (0, 4, 9):
            turns.take(CUT, block)
        return turns.window(7, CUT)


def told(window: Window) -> list[str]:
    return list(coherence.of_record(Record(Trial("slow", 0, 0, 1), 0.0, windows=(window,)), "locust"))


def changed(window: Window, **more: Any) -> Window:
    assert window.slices
    return replace(window, slices=replace(window.slices, **more))


def test_what_was_measured_contradicts_itself_nowhere(slow: Window) -> None:
    assert slow.slices
    assert slow.slices.blocks
    assert told(slow) == []


def test_blocks_that_go_backwards_or_are_too_few_are_told(slow: Window) -> None:
    assert slow.slices
    numbers = slow.slices.numbers
    for blocks in (numbers[::-1], numbers[1:], (*numbers, 99)):
        (sentence,) = told(changed(slow, blocks=tuple(blocks)))
        assert "the blocks that its slices are of go backwards" in sentence


def test_slices_that_do_not_come_to_the_whole_are_told(slow: Window) -> None:
    assert slow.slices
    (sentence,) = told(changed(slow, responses=(slow.slices.responses[0] + 1, *slow.slices.responses[1:])))
    assert f"responses is {slow.responses}, and that of its slices comes to {slow.responses + 1}" in sentence
    assert any("different lengths" in sentence for sentence in told(changed(slow, received=())))
