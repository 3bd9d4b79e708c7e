"""Several questions at once: each answer is judged by its own question, however fast the loop is."""

import time
from collections import Counter

import pytest
from scripted import scripted, windows
from waiting import eventually

from bench.drivers.engine import conversation
from bench.drivers.mixed import Mixed
from bench.drivers.pool import Pool
from bench.model import Load, Request

BODIES = {"/a": "Hello World!", "/b": "Hello", "/c": "World" * 500}
REQUESTS = tuple(Request(path, expected=body, weight=weight) for weight, (path, body) in enumerate(BODIES.items(), 1))
ENOUGH = 300


def answering(bodies, connection="keep-alive"):
    def script(number, request):
        body = bodies[request.split()[1].decode()]
        return [f"HTTP/1.1 200 OK\r\nConnection: {connection}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()]

    return script


@pytest.mark.parametrize("rate", [None, 2000.0], ids=["closed", "open"])
@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_every_answer_is_judged_by_its_own_question(connection, rate):
    load = Load("mixed", connections=4, duration=0.2, rate=rate, requests=REQUESTS)
    with scripted(answering(BODIES, connection)) as server:
        (window,) = windows(server, load)
    assert window.errors == {}
    assert window.responses == len(server.requests)
    asked = Counter(request.split()[1].decode() for request in server.requests)
    head = len(f"HTTP/1.1 200 OK\r\nConnection: {connection}\r\nContent-Length: \r\n\r\n")
    sizes = {path: head + len(str(len(body))) + len(body) for path, body in BODIES.items()}
    assert window.received == sum(sizes[path] * times for path, times in asked.items())


@pytest.mark.parametrize("rate", [None, 2000.0], ids=["closed", "open"])
def test_an_answer_that_belongs_to_another_question_is_wrong(rate):
    load = Load("mixed", connections=4, duration=0.2, rate=rate, requests=REQUESTS)
    with scripted(answering(BODIES | {"/b": BODIES["/a"]})) as server:
        (window,) = windows(server, load)
    asked = Counter(request.split()[1].decode() for request in server.requests)
    assert window.errors == {"body": asked["/b"]}
    assert window.responses == asked["/a"] + asked["/c"]


def test_few_answers_are_looked_at_closely():
    with scripted(answering(BODIES)) as server:
        pool = Pool(server.url)
        talk = conversation(pool, Load("mixed", connections=4, requests=REQUESTS), 0)
        looked = []
        heard = talk.heard
        talk.heard = lambda *said: looked.append(said) or heard(*said)
        talk.start()
        talk.refill()
        eventually(lambda: talk.talk(time.perf_counter_ns() + 50_000_000) or talk.responses > ENOUGH)
        pool.close()
    assert isinstance(talk, Mixed)
    assert talk.responses > 10 * len(looked)
