"""How many requests rows work on at once in a run: asked of each until it has shown as many as its settings come to."""

from collections import Counter
from collections.abc import Sequence

from bench.check import slots_at_once
from bench.model import Record, Server, Settings
from bench.rows import rendering
from bench.rows.catalog import Catalog
from bench.running.launches import Launch, tried

_LAUNCHES = 3
"""The kernel hands connections to workers as it likes: a row is asked so often before its slots are believed."""


class Slots:
    """Which rows are still to be asked. It takes a fraction of a second each, mostly in the first round."""

    def __init__(self, catalog: Catalog, settings: Settings, before: Sequence[Record] = ()) -> None:
        self._catalog, self._settings = catalog, settings
        self._asked = Counter(record.trial.server for record in before if record.slots is not None)

    def count(self, launches: Sequence[Launch]) -> None:
        """Ask those that are up, one after the other, and note in their records what they showed."""
        for launch in launches:
            name = launch.trial.server
            expected = self._expected(self._catalog.servers[name])
            if expected is not None and launch.well and self._asked[name] < _LAUNCHES:
                tried(launch, lambda launch=launch, expected=expected: self._ask(launch, expected))  # type: ignore[misc]

    def _expected(self, server: Server) -> int | None:
        """None where nothing tells, or the row's table says why another number may be seen."""
        if self._catalog.apps[server.serves].folder or server.slots_excuse or "/delay" in server.lacks:
            return None
        return rendering.slots(server, self._catalog.told(server, self._settings))

    def _ask(self, launch: Launch, expected: int) -> None:
        try:
            seen, sought = slots_at_once(launch.up.target.url, expected, launch.up.first_byte[1])
        except OSError:
            return
        launch.note(slots=seen)
        self._asked[launch.trial.server] += _LAUNCHES if seen == sought else 1
