"""siege: a closed loop in the shape of 2016: hundredths of a second, no percentiles, a new connection each time.

Its JSON calls what was answered with a status of 400 or more neither successful nor failed. https://www.joedog.org/siege-home
"""

import json
from math import ceil

from bench.drivers.measured import Measured
from bench.drivers.tool import ELSEWHERE, Tool, only_request
from bench.errors import DriverError
from bench.model import Load

_MOST = 255
"""Its own limit: it goes on with so many, and says so only where nobody looks."""


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for whole seconds, or for so many requests of each connection."""
    request, url = only_request(load, url, "siege", ("GET", "POST"))
    if load.connections > _MOST:
        raise DriverError(f"siege has {_MOST} connections at most, not {load.connections}: {ELSEWHERE}.")
    asked = url if request.method == "GET" else f"{url} POST {request.body or ''}"
    until = f"--reps={load.requests_each}" if load.requests_each else f"--time={ceil(load.duration)}S"
    # What a page links to, or redirects to, may be anybody's.
    alone = ["--no-parser", "--no-follow"]
    return ["--benchmark", "--json-output", *alone, f"--concurrent={load.connections}", until, asked]


def parse(output: str) -> Measured:
    """Read its JSON. Its mean comes of its concurrency: what it says itself in hundredths would be 0 below 5 ms."""
    said = json.loads(output[output.index("{") : output.rindex("}") + 1])
    # Its threads count a success before a transaction, so that at the end there may be one more of the former.
    good, lost = min(said["successful_transactions"], said["transactions"]), said["failed_transactions"]
    errors = {"status": said["transactions"] - good, "reset": lost}
    return Measured(
        duration=said["elapsed_time"],
        responses=good,
        errors={kind: times for kind, times in errors.items() if times},
        mean=said["concurrency"] * said["elapsed_time"] / said["transactions"] if said["transactions"] else None,
        quantiles={"p0": said["shortest_transaction"], "p100": said["longest_transaction"]},
    )


SIEGE = Tool("siege", "`apt install siege`", command, parse)
