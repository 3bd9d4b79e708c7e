"""Targets take turns in blocks; one that answers slowly sits some of them out, or is asked for longer."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from statistics import median

import pytest
from scripted import HELLO, RESET, Script, Step, always, scripted
from test_drivers_slicing import CUT, LOAD, several, windows

from bench.drivers.poller import POLLERS

PATIENT = replace(CUT, blocks=24, patience=3.0)
SLOW = always(0.05, HELLO)


def test_a_target_that_takes_far_longer_than_others_sits_blocks_out_and_says_which_it_had() -> None:
    stack, servers = several(SLOW, always(HELLO), always(HELLO), always(HELLO))
    with stack:
        slow, *quick = (window.slices for window in windows(servers, PATIENT))
    assert slow
    assert any(slices.blocks for slices in (slow, *quick) if slices)
    walls = [dict(zip(slices.numbers, slices.wall, strict=True)) for slices in (slow, *quick) if slices]
    spent = [0.0] * len(walls)
    for block in range(PATIENT.blocks):
        longest = 3 * median(spent)
        assert [block in wall for wall in walls] == [had <= longest for had in spent]
        spent = [had + wall.get(block, 0.0) for had, wall in zip(spent, walls, strict=True)]


def test_targets_that_are_all_slow_or_whom_nobody_loses_patience_with_have_every_block() -> None:
    stack, servers = several(SLOW, SLOW, always(HELLO))
    with stack:
        alike = windows(servers[:2], replace(PATIENT, blocks=3))
        told = windows(servers, replace(CUT, blocks=3))
    for window in (*alike, *told):
        assert window.slices
        assert window.slices.blocks is None
        assert len(window.slices.wall) == 3


def test_each_target_has_its_share_of_every_block_while_it_has_not_had_far_more_than_others() -> None:
    shares = (3, 2, 1, 1)
    stack, servers = several(SLOW, always(HELLO), always(HELLO), always(HELLO))
    with stack:
        measured = windows(servers, replace(PATIENT, shares=shares))
    turns = [[*zip(slices.numbers, slices.wall, strict=True)] for window in measured if (slices := window.slices)]
    spent, had = [0.0] * 4, [0] * 4
    for block in range(PATIENT.blocks):
        longest = 3 * max(PATIENT.length, median(spent))
        for row, share in enumerate(shares):
            for number, seconds in turns[row][had[row] :][:share]:
                if spent[row] <= longest:
                    assert number == block
                    spent[row] += seconds
                    had[row] += 1
    assert had == [len(row) for row in turns]
    assert had[0] < PATIENT.blocks < had[1]


def test_shares_of_one_are_what_everybody_has_without() -> None:
    with scripted(always(HELLO)) as server:
        (window,) = windows([server], replace(CUT, shares=(1,)))
    assert window.slices
    assert window.slices.blocks is None
    assert len(window.slices.wall) == CUT.blocks


def test_one_target_is_heard_out_before_the_next_is_asked_in_an_order_drawn_from_the_seed() -> None:
    def watched(seed: int) -> list[str]:
        heard = []

        def noting(name: str) -> Script:
            def script(number: int, request: bytes) -> Iterator[Step]:
                heard.append(name)
                yield 0.001
                heard.append(name)
                yield HELLO

            return script

        stack, servers = several(*map(noting, "abc"))
        with stack:
            windows(servers, replace(CUT, seed=seed))
        return [name for name, _ in groupby(heard)]

    once, again, other = watched(1), watched(1), watched(2)
    assert once == again
    assert once != other
    assert 2 * CUT.blocks < len(once) <= 3 * CUT.blocks  # two slices of one target in a row are one group


def test_nobody_sits_out_for_those_who_answer_no_more() -> None:
    stack, servers = several(always(RESET), always(RESET), always(RESET), always(HELLO))
    with stack:
        *lost, well = windows(servers, PATIENT)
    assert all(window.slices and window.slices.lost for window in lost)
    assert well.slices
    assert list(well.slices.numbers) == list(range(PATIENT.blocks))


@pytest.mark.parametrize("polling", POLLERS)
def test_a_lasting_slice_asks_a_slow_target_again_before_it_ends(polling: str) -> None:
    slow, often = always(0.03, HELLO), LOAD.connections
    with scripted(slow) as server:
        (once,) = windows([server], replace(CUT, blocks=2), polling=polling)
    with scripted(slow) as server:
        (again,) = windows([server], replace(CUT, blocks=2, lasting=True), polling=polling)
    assert once.slices
    assert again.slices
    assert once.slices.responses == (often, often)
    assert min(again.slices.responses) >= 2 * often
    assert not again.errors


def test_a_lasting_slice_of_a_target_that_never_answers_is_its_last() -> None:
    with scripted(always(60.0)) as server:
        (silent,) = windows([server], replace(CUT, lasting=True), replace(LOAD, timeout=0.4))
    assert silent.slices
    assert silent.slices.lost
    assert silent.errors == {"time-out": LOAD.connections}
