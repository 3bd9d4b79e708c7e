"""A plan is fair, random and repeatable."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bench.plan import interleaved

names = st.lists(st.text(min_size=1), unique=True, max_size=12)


@given(names, st.integers(0, 6), st.integers(0, 2**32))
def test_every_server_is_launched_once_in_every_round(servers: list[str], rounds: int, seed: int) -> None:
    plan = interleaved(servers, rounds, seed)
    assert Counter((trial.server, trial.round) for trial in plan) == Counter(
        (server, number) for server in servers for number in range(rounds)
    )
    assert [trial.round for trial in plan] == sorted(trial.round for trial in plan)


@given(names, st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_plan(servers: list[str], seed: int) -> None:
    assert interleaved(servers, 3, seed) == interleaved(servers, 3, seed)


def test_every_server_comes_first_sometimes() -> None:
    first = {trial.server for trial in interleaved(["a", "b", "c"], 50, seed=1) if trial.position == 0}
    assert first == {"a", "b", "c"}


def test_launches_do_not_share_a_seed() -> None:
    plan = interleaved(["a", "b"], 10, seed=1)
    assert len({trial.seed for trial in plan}) == len(plan)
