"""The open model asks by its timetable whatever the server does, and counts from when it should have asked."""

import time
from contextlib import closing
from itertools import count, islice
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import CLOSE, HELLO, always, scripted

from bench.drivers.engine import measure
from bench.drivers.open import timetable
from bench.drivers.poller import POLLERS
from bench.drivers.pool import Pool
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load, Target

HELD_UP = 0.15
"""Seconds that whoever watches takes from the driver: longer than a step, so that the last is over before it begins."""


def window(script, polling=None, **load):
    with scripted(script) as server, closing(Pool(server.url, polling)) as pool:
        measured = measure(pool, Target("scripted", server.url), Load("test", **load), 1)
    return measured, server


@pytest.mark.parametrize("polling", POLLERS)
@pytest.mark.parametrize("steps", [(HELLO,), (HELLO, CLOSE)], ids=["kept", "closed"])
def test_every_arrival_is_asked_and_answered_once(polling, steps):
    measured, server = window(always(*steps), polling, rate=500, duration=0.3, connections=64)
    assert measured.sent == measured.responses == 150
    assert len(server.requests) == 150
    assert measured.errors == {}
    assert Histogram.decode(measured.latency).count == 150
    assert Histogram.decode(measured.lag).count + measured.queued == 150
    assert measured.connections <= 64


def test_what_came_due_while_we_were_held_up_is_asked_all_the_same():
    with scripted(always(HELLO)) as server, closing(Pool(server.url)) as pool:
        load = Load("test", rate=500, duration=0.3, connections=64)
        measured = measure(pool, Target("scripted", server.url), load, 1, watch=lambda responses: time.sleep(HELD_UP))
    assert measured.sent == measured.responses == 150
    assert Histogram.decode(measured.latency).maximum > 0.04


def test_a_question_that_finds_no_connection_waits_and_its_waiting_counts():
    # one connection, whose first answer comes when all 20 have arrived, one each 10 ms; then each takes 20 ms
    steps, over = count(1), Event()

    def script(number, request):
        if not number:
            over.wait(60)
        yield 0.02
        yield HELLO

    def watch(responses):
        if next(steps) == 2:
            over.set()

    with scripted(script) as server, closing(Pool(server.url)) as pool:
        load = Load("test", rate=100, duration=0.2, connections=1)
        measured = measure(pool, Target("scripted", server.url), load, 1, watch)
    assert measured.responses == measured.sent == 20
    assert measured.queued == 19
    assert measured.connections == 1
    latency = Histogram.decode(measured.latency)
    assert latency.maximum >= 0.2 + 20 * 0.02 - 19 * 0.01
    assert latency.quantile(0.5) >= 0.2 + 10 * 0.02 - 9 * 0.01


def test_connections_grow_as_far_as_they_may():
    measured, server = window(always(0.1, HELLO), rate=100, duration=0.3, connections=4)
    assert measured.connections == server.connections == 4
    assert measured.responses == 30


def test_what_is_not_answered_in_time_is_an_error_and_nothing_is_lost():
    measured, _ = window(always(5.0), rate=100, duration=0.1, connections=3, timeout=0.2)
    assert measured.errors == {"time-out": 10}
    assert measured.responses == 0


def test_a_stall_is_seen_by_all_who_arrived_in_it():
    stalled = iter([0.3])

    def script(number, request):
        yield next(stalled, 0.0)
        yield HELLO

    measured, _ = window(script, rate=200, duration=0.6, connections=1)
    latency = Histogram.decode(measured.latency)
    # of 120 questions those of the first 300 ms waited for its end, 150 ms in the mean
    assert latency.quantile(0.75) >= 0.1
    assert latency.maximum >= 0.3


@given(st.floats(0.1, 1e5), st.integers(1, 1000))
def test_constant_arrivals_are_evenly_spaced_to_the_nanosecond(rate, number):
    due = list(islice(timetable(rate, "constant", 0), number))
    assert all(abs(at - index * 1e9 / rate) <= 1 for index, at in enumerate(due))


def test_poisson_arrivals_have_the_rate_and_the_spread_they_should():
    due = list(islice(timetable(1000, "poisson", 7), 20_000))
    gaps = [later - earlier for earlier, later in zip([0, *due], due, strict=False)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert due == sorted(due)
    assert mean == pytest.approx(1e6, rel=0.03)
    assert deviation == pytest.approx(mean, rel=0.05)
    assert due == list(islice(timetable(1000, "poisson", 7), 20_000))
    assert due != list(islice(timetable(1000, "poisson", 8), 20_000))


def test_a_share_that_is_not_a_rate_yet_is_refused():
    with pytest.raises(DriverError, match="'test' has no rate"):
        window(always(HELLO), share=0.5)
