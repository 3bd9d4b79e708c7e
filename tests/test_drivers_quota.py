"""A load of so many requests each asks exactly so often, whatever becomes of connections, and is then over."""

import pytest
from scripted import CLOSE, HELLO, always, right, scripted, windows

from bench.drivers.poller import POLLERS
from bench.model import Load

PATIENCE = 20.0
"""Longer than any of these takes: what ends it is the number of requests."""


@pytest.fixture(params=POLLERS)
def polling(request):
    return request.param


def measured(script, polling=None, **load):
    with scripted(script) as server:
        options = {"connections": 4, "duration": PATIENCE, "requests_each": 25, **load}
        (window,) = windows(server, Load("test", **options), polling=polling)
    return window, server


def test_each_user_asks_as_often_as_wanted_and_the_window_ends_with_the_last_answer(polling):
    window, server = measured(always(HELLO), polling)
    assert window.responses == len(server.requests) == 100
    assert window.opened == server.connections == 4
    assert window.errors == {}
    assert window.duration < PATIENCE / 2
    assert window.received == 100 * len(HELLO)


@pytest.mark.parametrize("raw", [right(b"Hello World!", b"Connection: close"), right(version=b"1.0")])
def test_a_connection_for_each_answer_changes_nothing_about_that(raw, polling):
    window, server = measured(always(raw), polling, keep_alive=False)
    assert window.responses == 100
    assert window.opened == server.connections == 100
    assert b"\r\nConnection: close\r\n" in server.requests[0]


def test_wrong_answers_count_as_asked(polling):
    window, _ = measured(always(right(b"Goodbye!")), polling)
    assert window.responses == 0
    assert window.errors == {"body": 100}


def test_a_connection_that_breaks_before_its_first_answer_costs_its_user_a_request(polling):
    window, _ = measured(always(CLOSE), polling, requests_each=3)
    assert window.responses == 0
    assert window.errors == {"reset": 12}


def test_time_ends_it_as_well(polling):
    window, server = measured(always(HELLO), polling, duration=0.05, requests_each=10**9)
    assert window.responses == len(server.requests)
    assert window.errors == {}


def test_a_second_window_begins_with_new_connections(polling):
    with scripted(always(HELLO)) as server:
        load = Load("test", connections=4, duration=PATIENCE, requests_each=5)
        first, second = windows(server, load, load, polling=polling)
    assert (first.responses, second.responses) == (20, 20)
    assert (first.opened, second.opened) == (4, 4)
