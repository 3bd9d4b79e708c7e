"""Locust users whose loop is ours: each is one connection, and one real thread beside gevent's hub holds them all.

In a locustfile of your own, with everything that Locust does around it (ramps, web UI, CSV, master and workers):

    from bench.drivers.locust import EngineUser

    class Visitor(EngineUser):
        host = "http://127.0.0.1:8000"

Their numbers are booked into Locust's statistics once a second; `bench.drivers.bookings.histograms` has them exact.
"""

from collections.abc import Sequence
from typing import Literal

from gevent.event import Event
from locust import User, task

from bench.drivers.crowd import Crowd
from bench.model import Request


class EngineUser(User):
    """One connection that asks again as soon as it is answered; with a `rate`, one user's share of a steady stream."""

    abstract = True

    requests: Sequence[Request] = (Request(expected=None),)
    """What is asked, each as often as its weight says, and what is a right answer."""
    rate: float | None = None
    """Arrivals per second that each user stands for, whatever the server does (open model); None for the closed one."""
    arrivals: Literal["constant", "poisson"] = "constant"
    connections: int = 100
    """How many connections each user may hold in the open model."""
    timeout: float = 10.0
    """Seconds after which an answer does not count any more."""

    def on_start(self) -> None:
        Crowd.of(self).join()

    def on_stop(self) -> None:
        Crowd.of(self).leave()

    @task
    def talk(self) -> None:
        """The talking is done elsewhere: this greenlet only waits to be stopped."""
        Event().wait()
