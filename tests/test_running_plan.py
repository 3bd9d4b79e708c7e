"""A plan is fair, random and repeatable."""

from collections import Counter
from dataclasses import replace
from itertools import chain, islice

import synthetic
from hypothesis import given
from hypothesis import strategies as st

from bench.model import Load
from bench.running.plan import LEAST_ROUNDS, a_round, loads, rounds

names = st.lists(st.text(min_size=1), unique=True, max_size=12)
seeds = st.integers(0, 2**32)


@given(names, st.integers(0, 6), seeds)
def test_every_server_is_launched_once_in_every_round(servers: list[str], limit: int, seed: int) -> None:
    plan = list(chain(*rounds(servers, seed, limit)))
    assert Counter((trial.server, trial.round) for trial in plan) == Counter(
        (server, number) for server in servers for number in range(limit)
    )
    assert [trial.round for trial in plan] == sorted(trial.round for trial in plan)


@given(names, seeds)
def test_the_same_seed_gives_the_same_rounds_however_many_are_asked_for(servers: list[str], seed: int) -> None:
    assert list(islice(rounds(servers, seed), 5)) == [a_round(servers, number, seed) for number in range(5)]


def test_every_server_comes_first_sometimes() -> None:
    first = {trials[0].server for trials in rounds(["a", "b", "c"], 1, 50)}
    assert first == {"a", "b", "c"}


def test_launches_do_not_share_a_seed() -> None:
    plan = list(chain(*rounds(["a", "b"], 1, 10)))
    assert len({trial.seed for trial in plan}) == len(plan)


SLICED = replace(synthetic.run(loads=(Load("cost", slice=0.02), *synthetic.LOADS)), rounds=None, precision=0.02)


def test_once_launches_are_known_to_differ_the_loads_of_the_open_model_take_turns() -> None:
    asked = [[load.name for load in loads(SLICED, at)] for at in range(LEAST_ROUNDS + 3)]
    everything = ["cost", "capacity", "half", "heavy", "common"]
    assert asked[:LEAST_ROUNDS] == [everything] * LEAST_ROUNDS
    assert all(later[:2] == ["cost", "capacity"] and len(later) == 3 for later in asked[LEAST_ROUNDS:])
    assert sorted(later[2] for later in asked[LEAST_ROUNDS:]) == ["common", "half", "heavy"]


def test_every_round_has_all_loads_where_their_number_was_given_or_nothing_is_cut() -> None:
    for run in (replace(SLICED, rounds=9, precision=None), replace(SLICED, loads=synthetic.LOADS)):
        assert all(loads(run, at) == run.loads for at in range(9))
