"""Locust users whose loop is ours: each is one connection, and one real thread beside gevent's hub holds them all."""

from gevent.event import Event
from locust import User, task


class EngineUser(User):
    abstract = True

    @task
    def talk(self) -> None:
        """The talking is done elsewhere: this greenlet only waits to be stopped."""
        Event().wait()
