"""Change points: Q by its definition, published examples, invented steps, and how often noise alone alarms."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bench.history.divisive import change_points, error_rate, statistic

# Flow of the Nile at Aswan, 1871 to 1970, in 10**8 m³: Cobb, The problem of the Nile, Biometrika 1978.
FLOW = """1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150
1250 1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821
768 845 864 862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848
890 744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740"""
NILE = [*map(int, FLOW.split())]
# The two examples in the tests of Apache Otava.
STAIRS = [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149.0, 149.7, 149.5, 149.1, 148.8, 150.0]
HALVED = [1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96]
HALVED += [0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49]


def by_definition(before: list[float], after: list[float]) -> float:
    """Q of two parts, as Matteson and James write it (equations 5 and 7, exponent 1)."""
    ours, theirs = len(before), len(after)
    across = 2 / (ours * theirs) * sum(abs(one - other) for one in before for other in after)
    within = [
        sum(abs(one - other) for one, other in combinations(part, 2)) / max(len(part) * (len(part) - 1) / 2, 1)
        for part in (before, after)
    ]
    return ours * theirs / (ours + theirs) * (across - sum(within))


@given(some.lists(some.floats(-100, 100), min_size=2, max_size=12))
def test_every_split_has_the_value_of_its_definition(values: list[float]) -> None:
    found = statistic(values)
    for split in range(1, len(values)):
        for upto in range(split + 1, len(values) + 1):
            expected = by_definition(values[:split], values[split:upto])
            assert found[split - 1, upto - 2] == pytest.approx(expected, abs=1e-6)


def test_the_nile_fell_in_1899() -> None:
    assert [1871 + at for at in change_points(NILE)] == [1899]


def test_published_series_change_where_others_find_it() -> None:
    assert change_points(STAIRS, certain=0.01) == [5, 8]
    assert change_points(HALVED, certain=0.0001) == [10]
    assert change_points([*HALVED, 0.47, 0.48, 0.45, 0.01, 0.1, 0.22, 0.27], certain=0.0001) == [10, 23]


def test_two_samples_of_one_level_are_told_apart_as_often_as_promised() -> None:
    """Otava's own example of its t-test, and Student's sleep data (Biometrika 1908), whose p is 0.07919."""
    assert error_rate([1.00, 1.02, 1.05, 0.95, 0.98], [1.00, 1.02, 1.05, 0.95, 0.98]) == pytest.approx(1)
    assert error_rate([1.00, 1.02, 1.05, 0.95, 0.98], [0.80, 0.82, 0.85, 0.79, 0.77]) < 0.001
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    assert error_rate(first, second) == pytest.approx(0.07919, abs=5e-6)


@pytest.mark.parametrize(("length", "steps"), [(120, {40: 0.1, 80: -0.06}), (400, {100: 0.05, 110: -0.05, 300: 0.04})])
def test_steps_are_found_where_they_are(length: int, steps: dict[int, float]) -> None:
    draw, level, values = Random(1), 0.0, []
    for at in range(length):
        level += steps.get(at, 0.0)
        values.append(draw.gauss(level, 0.01))
    found = change_points(values)
    assert len(found) == len(steps)
    assert all(abs(one - other) <= 1 for one, other in zip(found, steps, strict=True))


def test_noise_alone_seldom_alarms() -> None:
    """A hundred series of sixty runs, 3 % of scatter: each has many places at which it could."""
    draw = Random(2)
    alarms = sum(bool(change_points([draw.gauss(0, 0.03) for _ in range(60)])) for _ in range(100))
    assert alarms <= 8


def test_one_bad_day_is_no_new_level() -> None:
    assert change_points([0.0, 0.01, -0.01, 0.0, 0.02, 0.0, -0.02, 0.01, 0.5]) == []


def test_small_steps_can_be_passed_over() -> None:
    values = [0.0, 0.001, -0.001] * 5 + [0.02, 0.021, 0.019] * 5
    assert change_points(values) == [15]
    assert change_points(values, least=0.03) == []


@given(some.lists(some.floats(-10, 10), max_size=40))
def test_points_are_rising_and_inside(values: list[float]) -> None:
    found = change_points(values)
    assert found == sorted(set(found))
    assert all(2 <= one <= len(values) - 2 for one in found)
