"""k6, Grafana's: each connection is a JavaScript program, which makes it slow; it checks every status and body.

In its open model an arrival that finds no connection free is not asked later but dropped, which is an error here, and
its own lateness goes unseen. Over TLS it speaks HTTP/2 to servers that can. https://grafana.com/docs/k6
"""

import json
from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import Any

from bench.drivers.measured import Measured
from bench.drivers.tool import Tool
from bench.errors import DriverError
from bench.model import Load

_SCRIPT = Path(__file__).with_suffix(".js")
_KINDS = {"connect": "connect", "reset": "reset", "time_out": "time-out", "status": "status", "body": "body"}
_NAMES = {"p50": "med", "p90": "p(90)", "p99": "p(99)", "p999": "p(99.9)", "max": "max"}


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for a second or longer, any requests, and arrivals at a constant rate."""
    if load.model == "open" and load.arrivals != "constant":
        raise DriverError("k6 knows constant arrivals only, no random ones: use the driver 'locust' for that.")
    if url.startswith("http+unix:"):
        raise DriverError("k6 cannot ask unix sockets: use the driver 'locust' for that.")
    told = {
        "url": url.rstrip("/"),
        "connections": load.connections,
        "seconds": max(load.duration, 1.0),
        "timeout": ceil(load.timeout),
        "rate": load.rate,
        "requests": [asdict(request) for request in load.requests],
    }
    # an empty address: no control server beside the test
    quiet = ["--quiet", "--no-color", "--no-usage-report", "--log-output=stderr", "--address="]
    return ["run", *quiet, "--env", f"LOAD={json.dumps(told)}", str(_SCRIPT)]


def parse(output: str) -> Measured:
    """Read the summary that the script prints; milliseconds."""
    said = json.loads(next(line for line in output.splitlines() if line.startswith("{") and '"metrics"' in line))
    metrics = said["metrics"]
    right = metrics["right"]["values"] if "right" in metrics else {"count": 0}
    errors = {kind: _count(metrics, name) for name, kind in _KINDS.items()}
    errors["dropped"] = _count(metrics, "dropped_iterations")
    return Measured(
        duration=said["state"]["testRunDurationMs"] / 1000,
        responses=right["count"],
        errors={kind: times for kind, times in errors.items() if times},
        received=_count(metrics, "data_received"),
        sent=_count(metrics, "http_reqs"),
        mean=right["avg"] / 1000 if right["count"] else None,
        quantiles={name: right[theirs] / 1000 for name, theirs in _NAMES.items()} if right["count"] else {},
    )


def _count(metrics: dict[str, Any], name: str) -> int:
    return int(metrics[name]["values"]["count"]) if name in metrics else 0


K6 = Tool("k6", "https://grafana.com/docs/k6/latest/set-up/install-k6 has packages", command, parse)
