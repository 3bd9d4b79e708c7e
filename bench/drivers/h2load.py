"""h2load, of nghttp2: a closed loop; it counts statuses, checks no body, and prints no percentiles.

A connection that a server closes it does not open again: it waits for ever, or goes on with fewer, and says neither.
https://nghttp2.org
"""

import re
from math import ceil

from bench.drivers.measured import Measured
from bench.drivers.tool import ELSEWHERE, Tool, only_request
from bench.errors import DriverError
from bench.model import Load

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_ALIVE = 0.8
"""How much of its clients' speed, each counted for as long as it lived, must be left for all of the time."""


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for whole seconds of HTTP/1.1."""
    _, url = only_request(load, url, "h2load")
    sizes = ["--clients", str(load.connections), "--threads", str(min(threads, load.connections))]
    return ["--h1", *sizes, "--duration", str(ceil(load.duration)), "-N", f"{ceil(load.timeout)}", url]


def parse(output: str) -> Measured:
    """Read its last lines; what failed is told apart by status only. DriverError when clients were lost on the way."""
    requests = {what: int(times) for times, what in re.findall(r"(\d+) (\w+)", _line(output, "requests:"))}
    statuses = {what: int(times) for times, what in re.findall(r"(\d+) (\dxx)", _line(output, "status codes:"))}
    _, most, mean = map(_seconds, _line(output, "time for request:").split()[:3])
    duration = _seconds(_line(output, "finished in ").split(",")[0])
    clients = sum(map(int, re.findall(r"(\d+) total client", output)))
    if requests["done"] < _ALIVE * clients * float(_line(output, "req/s           :").split()[2]) * duration:
        raise DriverError(f"connections of h2load were closed on the way, and it opened no new ones: {ELSEWHERE}.")
    good = statuses["2xx"] + statuses["3xx"]
    wrong = {f"status {kind}": statuses[kind] for kind in ("4xx", "5xx")}
    errors = {**wrong, "reset": requests["errored"], "time-out": requests["timeout"]}
    return Measured(
        duration=duration,
        responses=good,
        errors={kind: times for kind, times in errors.items() if times},
        received=int(_line(output, "traffic:").split("(")[1].split(")")[0]),
        mean=mean if good else None,
        quantiles={"max": most} if good else {},
    )


def _line(output: str, start: str) -> str:
    return next(line for line in output.splitlines() if line.startswith(start)).removeprefix(start)


def _seconds(text: str) -> float:
    unit = next(unit for unit in _UNITS if text.endswith(unit))
    return float(text.removesuffix(unit)) * _UNITS[unit]


H2LOAD = Tool("h2load", "`apt install nghttp2-client`", command, parse, reconnects=False)
