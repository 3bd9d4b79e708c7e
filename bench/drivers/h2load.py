"""h2load, of nghttp2: a closed loop; it counts statuses, checks no body, and prints no percentiles. https://nghttp2.org"""

import re
from math import ceil

from bench.drivers.tool import Measured, Tool, only_request
from bench.model import Load

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for whole seconds of HTTP/1.1."""
    _, url = only_request(load, url, "h2load")
    sizes = ["--clients", str(load.connections), "--threads", str(min(threads, load.connections))]
    return ["--h1", *sizes, "--duration", str(ceil(load.duration)), "-N", f"{ceil(load.timeout)}", url]


def parse(output: str) -> Measured:
    """Read its last lines; what failed is told apart by status only."""
    requests = {what: int(times) for times, what in re.findall(r"(\d+) (\w+)", _line(output, "requests:"))}
    statuses = {what: int(times) for times, what in re.findall(r"(\d+) (\dxx)", _line(output, "status codes:"))}
    _, most, mean = map(_seconds, _line(output, "time for request:").split()[:3])
    good = statuses["2xx"] + statuses["3xx"]
    wrong = {f"status {kind}": statuses[kind] for kind in ("4xx", "5xx")}
    errors = {**wrong, "reset": requests["errored"], "time-out": requests["timeout"]}
    return Measured(
        duration=_seconds(_line(output, "finished in ").split(",")[0]),
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


H2LOAD = Tool("h2load", "`apt install nghttp2-client`", command, parse)
