"""Our histograms mean to every HdrHistogram implementation what they mean to us."""

import base64
from fractions import Fraction

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.histogram import HIGHEST, Histogram, bounds, index

durations = st.lists(st.one_of(st.integers(0, 5000), st.integers(0, HIGHEST)), max_size=300)
shares = st.floats(0, 1)


def theirs(values):
    histogram = HdrHistogram(1, HIGHEST, 3)
    for value in values:
        histogram.record_value(value)
    return histogram


def ours(values):
    return Histogram.of((value, 1) for value in values)


@given(st.integers(0, HIGHEST))
def test_a_bucket_holds_its_value_and_is_narrower_than_a_thousandth(value):
    lowest, highest = bounds(index(value))
    assert lowest <= value <= highest
    assert highest - lowest <= value / 1000


@given(durations, shares)
def test_an_independent_implementation_reads_our_quantiles(values, share):
    histogram = ours(values)
    decoded = HdrHistogram.decode(histogram.encode())
    assert decoded.get_total_count() == histogram.count == len(values)
    if values and share > 0:
        assert histogram.quantile(share) == decoded.get_value_at_percentile(share * 100) / 1e6


@given(durations)
def test_we_read_what_an_independent_implementation_writes(values):
    assert Histogram.decode(theirs(values).encode().decode()) == ours(values)


@given(durations, durations)
def test_merging_loses_nothing(some, others):
    assert ours(some).merge(ours(others)) == ours(some + others)


@given(durations.filter(bool), shares)
def test_a_quantile_is_off_by_less_than_a_thousandth(values, share):
    rank = max(int(Fraction(share) * len(values) + Fraction(1, 2)), 1)
    exact = sorted(values)[rank - 1] / 1e6
    told = ours(values).quantile(share)
    assert exact <= told <= exact * 1.001


@given(durations.filter(bool))
def test_the_mean_is_off_by_less_than_a_thousandth(values):
    assert ours(values).mean == pytest.approx(sum(values) / len(values) / 1e6, rel=1e-3, abs=1e-9)


@given(durations)
def test_the_curve_rises_to_the_whole(values):
    curve = ours(values).curve()
    assert curve == sorted(curve)
    assert not values or curve[-1] == (1.0, ours(values).maximum)


def test_nothing_counted_is_nothing_known():
    empty = Histogram.decode(Histogram().encode())
    assert (empty.count, empty.mean, empty.maximum, empty.quantile(0.5), empty.curve()) == (0, None, None, None, [])


def test_what_takes_longer_than_a_minute_is_counted_as_a_minute():
    assert ours([10 * HIGHEST]) == ours([HIGHEST])


def garbage():
    good = ours([1, 2, 3_000_000]).encode()
    raw = base64.b64decode(good)
    other_digits = HdrHistogram(1, HIGHEST, 2)
    yield from ("", "garbage", "HISTFAAA", good[:-8], good[8:], good + "AAAA", "é" + good)
    yield base64.b64encode(b"\0" + raw[1:]).decode()
    yield base64.b64encode(raw[:-4] + b"\0\0\0\0").decode()
    yield other_digits.encode().decode()


@pytest.mark.parametrize("text", list(garbage()))
def test_garbage_is_refused_in_a_sentence(text):
    with pytest.raises(BenchError, match="not an HdrHistogram"):
        Histogram.decode(text)
