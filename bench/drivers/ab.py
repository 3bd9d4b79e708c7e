"""ab, Apache's: a closed loop of HTTP/1.0 in one thread; it takes any status, and the first answer's length, for right.

https://httpd.apache.org/docs/2.4/programs/ab.html
"""

import re
from math import ceil

from bench.drivers.measured import Measured
from bench.drivers.tool import Tool, only_request
from bench.model import Load

_ENOUGH = 500_000
"""Requests per second that it is never going to reach: it makes room for all of them before it starts."""


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for whole seconds with keep-alive, and its percentiles as a table for machines."""
    _, url = only_request(load, url, "ab")
    seconds = ceil(load.duration)
    # not -l: what it closed on without an answer would count as one
    quiet = ["-k", "-q", "-r", "-e", "/dev/stdout", "-s", str(ceil(load.timeout))]
    return [*quiet, "-c", str(load.connections), "-t", str(seconds), "-n", str(seconds * _ENOUGH), url]


def parse(output: str) -> Measured:
    """Read its lines; requests that never got through it counts as complete, and once more as failed."""
    table = dict(re.findall(r"^(\d+),([\d.]+)$", output, re.MULTILINE))
    detail = re.search(r"Connect: (\d+), Receive: (\d+), Length: (\d+), Exceptions: (\d+)", output)
    connect, receive, length, exceptions = map(int, detail.groups()) if detail else (0, 0, 0, 0)
    wrong = _number(output, "Non-2xx responses") if "Non-2xx responses" in output else 0
    lost, received = max(receive, exceptions), _number(output, "Total transferred")
    good = max(_number(output, "Complete requests") - wrong - lost - length, 0)
    if not received:
        good, lost = 0, lost + good
    errors = {"connect": connect, "reset": lost, "status": wrong, "body": length}
    return Measured(
        duration=_decimal(output, "Time taken for tests"),
        responses=good,
        errors={kind: times for kind, times in errors.items() if times},
        received=received,
        quantiles={f"p{share}": float(table[share]) / 1000 for share in ("50", "90", "99")} if good else {},
    )


def _number(output: str, name: str) -> int:
    return int(_decimal(output, name))


def _decimal(output: str, name: str) -> float:
    line = next(line for line in output.splitlines() if line.startswith(f"{name}:"))
    return float(line.split(":")[1].split()[0])


AB = Tool("ab", "`apt install apache2-utils`", command, parse)
