"""autocannon: a closed loop in Node, in whole milliseconds; it tells statuses apart. https://github.com/mcollina/autocannon"""

import json
from math import ceil

from bench.drivers.measured import Measured
from bench.drivers.tool import Tool, only_request
from bench.model import Load

_NAMES = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99_9", "max": "max"}


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for whole seconds."""
    request, url = only_request(load, url, "autocannon", ("GET", "HEAD", "POST"))
    body = [] if request.body is None else ["--headers", "Content-Type=text/plain", "--body", request.body]
    times = ["--duration", str(ceil(load.duration)), "--timeout", str(ceil(load.timeout))]
    return ["--json", "--connections", str(load.connections), *times, "--method", request.method, *body, url]


def parse(output: str) -> Measured:
    """Read its JSON; a latency of 0 is one below a millisecond, and the mean is one of such."""
    said = json.loads(output[output.index("{") :])
    latency, good = said["latency"], said["2xx"] + said["3xx"]
    broken = said["errors"] - said["timeouts"]
    errors = {"status": said["4xx"] + said["5xx"], "time-out": said["timeouts"], "reset": broken}
    return Measured(
        duration=said["duration"],
        responses=good,
        errors={kind: times for kind, times in errors.items() if times},
        received=said["throughput"]["total"],
        quantiles={name: latency[theirs] / 1000 for name, theirs in _NAMES.items() if latency[theirs]},
    )


AUTOCANNON = Tool("autocannon", "`npm install --global autocannon`", command, parse)
