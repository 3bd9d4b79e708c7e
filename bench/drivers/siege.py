"""siege: a closed loop in the shape of 2016: hundredths of a second, no percentiles, a new connection each time.

Its JSON calls what was answered with a status of 400 or more neither successful nor failed. https://www.joedog.org/siege-home
"""

import json
from math import ceil

from bench.drivers.tool import Measured, Tool, only_request
from bench.model import Load


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for whole seconds."""
    request, url = only_request(load, url, "siege", ("GET", "POST"))
    asked = url if request.method == "GET" else f"{url} POST {request.body or ''}"
    return ["--benchmark", "--json-output", f"--concurrent={load.connections}", f"--time={ceil(load.duration)}S", asked]


def parse(output: str) -> Measured:
    """Read its JSON but for what it says in hundredths: a mean below 5 ms would be 0."""
    said = json.loads(output[output.index("{") : output.rindex("}") + 1])
    # Its threads count a success before a transaction, so that at the end there may be one more of the former.
    good, lost = min(said["successful_transactions"], said["transactions"]), said["failed_transactions"]
    errors = {"status": said["transactions"] - good, "reset": lost}
    return Measured(
        duration=said["elapsed_time"],
        responses=good,
        errors={kind: times for kind, times in errors.items() if times},
    )


SIEGE = Tool("siege", "`apt install siege`", command, parse)
