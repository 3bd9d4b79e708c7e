"""A row that rounds move by another share than they move the others is told by its line; any other is not."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.stats.elasticity import Line, line

Felt = tuple[dict[int, float], dict[int, float]]


def felt(draw: Random, elasticity: float, rounds: int, noise: float = 0.02) -> Felt:
    """A row whose mean would be 5 in rounds that leave the others where they are, and what rounds did to those."""
    others = {at: draw.gauss(0, 0.15) for at in range(rounds)}
    return {at: 5 + elasticity * day + draw.gauss(0, noise) for at, day in others.items()}, others


@given(st.integers(0, 1000), st.sampled_from([0.4, 1.6]))
def test_the_line_is_scipy_s_where_the_others_have_their_mean(seed: int, elasticity: float) -> None:
    own, others = felt(Random(seed), elasticity, 25)
    found, expected = line(own, others), stats.linregress([*others.values()], [*own.values()])
    assert found
    centre = sum(others.values()) / 25
    assert found.value == pytest.approx(expected.intercept + expected.slope * centre)
    assert found.freedom == 23
    assert found.rounds == pytest.approx(25)
    spread = sum((day - centre) ** 2 for day in others.values())
    assert math.sqrt(found.squares / found.freedom / spread) == pytest.approx(expected.stderr)


def test_a_row_that_moves_as_the_others_do_has_no_line_but_by_chance() -> None:
    draw, tries = Random(1), 3000
    taken = sum(line(*felt(draw, 1.0, rounds)) is not None for rounds in (4, 10, 30) for _ in range(tries))
    assert 0 < taken <= 2.5 * 0.001 * 3 * tries


@pytest.mark.parametrize("missing", [0, 8])
def test_what_a_line_says_of_the_mean_round_is_right_19_times_in_20_though_rounds_are_missing(missing: int) -> None:
    draw, right, tries = Random(missing), 0, 1000
    for _ in range(tries):
        own, others = felt(draw, 0.3, 24, noise=0.01)
        for at in sorted(others, key=lambda at: others[at])[:missing]:
            del own[at]
        found = line(own, others)
        assert found
        truth = 5 + 0.3 * sum(others.values()) / 24
        reach = float(stats.t.ppf(0.975, found.freedom)) * math.sqrt(found.squares / found.freedom / found.rounds)
        right += abs(found.value - truth) <= reach
    assert 0.93 <= right / tries <= 0.97


@given(st.integers(0, 1000), st.integers(1, 9))
def test_rounds_that_a_row_has_for_itself_tell_nothing(seed: int, more: int) -> None:
    own, others = felt(Random(seed), 0.3, 20)
    alone = {100 + at: 9.0 for at in range(more)}
    assert line({**own, **alone}, others) == line(own, others)


def test_too_few_rounds_or_rounds_that_moved_nobody_make_no_line() -> None:
    own, others = felt(Random(1), 0.0, 9, noise=0.0)
    assert isinstance(line(own, others), Line)
    assert line({0: own[0], 1: own[1]}, others) is None
    assert line(own, dict.fromkeys(others, 0.25)) is None
    assert line(own, {}) is None
    assert line({}, others) is None
