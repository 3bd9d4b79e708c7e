"""wrk: the fastest closed loop there is; it checks that a status is below 400, and no body.

Its latencies are not as they were measured: wrk adds what it believes that a stall has hidden (stats_correct in its
source), so that there are more of them than responses. https://github.com/wg/wrk
"""

import json
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from urllib.parse import urlsplit

from bench.drivers.measured import Measured
from bench.drivers.tool import Tool
from bench.errors import DriverError
from bench.histogram import Histogram
from bench.model import Load

_SCRIPT = Path(__file__).with_suffix(".lua")
_KINDS = {"connect": "connect", "read": "reset", "write": "reset", "timeout": "time-out", "status": "status"}


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for a closed loop of whole seconds."""
    if load.model == "open":
        raise DriverError("wrk has no open model, it only asks as fast as it can: use the driver 'locust' for rates.")
    if url.startswith("http+unix:"):
        raise DriverError("wrk speaks TCP only, not to unix sockets: use the driver 'locust' for them.")
    if any(request.method == "HEAD" for request in load.requests):
        raise DriverError("wrk waits for a body after HEAD for ever: use the driver 'locust' for it.")
    # each thread has as many connections as the others: what is left over in dividing them wrk would not open
    fitting = next(number for number in range(threads, 0, -1) if load.connections % number == 0)
    sizes = ["--threads", str(fitting), "--connections", str(load.connections)]
    times = ["--duration", f"{ceil(load.duration)}s", "--timeout", f"{ceil(load.timeout)}s"]
    return [*sizes, *times, "--script", str(_SCRIPT), url, "--", *_asked(load, urlsplit(url).path.rstrip("/"))]


def _asked(load: Load, base: str) -> Iterator[str]:
    for request in load.requests:
        yield from (str(request.weight), request.method, base + request.path)
        yield "-" if request.body is None else f"+{request.body}"


def parse(output: str) -> Measured:
    """Read the line that the script prints."""
    said = json.loads(next(line for line in output.splitlines() if line.startswith('{"duration"')))
    errors: dict[str, int] = {}
    for name, kind in _KINDS.items():
        if said[name]:
            errors[kind] = errors.get(kind, 0) + said[name]
    latency = Histogram.of((microseconds, times) for microseconds, times in said["latency"])
    return Measured(
        duration=said["duration"] / 1e6,
        responses=said["requests"] - said["status"],
        errors=errors,
        received=said["bytes"],
        latency=latency,
        mean=latency.mean,
        # one that cannot be opened it never tries again
        missing=said["connect"],
    )


WRK = Tool("wrk", "`apt install wrk`, or build it from https://github.com/wg/wrk", command, parse)
