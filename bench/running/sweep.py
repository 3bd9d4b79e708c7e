"""The concurrency sweep: the load that tells capacity, repeated with 1, 2, 4 … connections."""

from collections.abc import Iterator
from dataclasses import replace

from bench.errors import ConfigurationError
from bench.model import Load, Seconds, Settings
from bench.running import preflight

_SHORTEST: Seconds = 0.3


def swept(loads: tuple[Load, ...], most: int, settings: Settings) -> tuple[Load, ...]:
    """The loads, and behind them a window of the one that tells capacity with every power of two up to `most`.

    Raises ConfigurationError for more connections than rows are told to take, or than one process may open here.
    """
    for limit, why in (
        (settings.connections, "rows are told to take"),
        (preflight.connectable(), "one process may open here"),
    ):
        if most > limit:
            raise ConfigurationError(f"--sweep {most} is more connections than {why}: {limit} at the most.")
    first = next((load for load in loads if load.model == "closed" and not load.shared), None)
    return loads + (tuple(_steps(first, most)) if first else ())


def _steps(load: Load, most: int) -> Iterator[Load]:
    for connections in (2**power for power in range(most.bit_length())):
        if connections != load.connections:
            title = f"as fast as it answers {connections} connection{'s' * (connections > 1)}"
            yield replace(
                load,
                name=f"{load.name}-{connections}",
                title=title,
                connections=connections,
                duration=max(load.duration, _SHORTEST),
                windows=1,
                slice=None,
            )
