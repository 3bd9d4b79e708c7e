"""hey: a closed loop in Go; it tells statuses apart and checks no body, and prints tenths of milliseconds.

https://github.com/rakyll/hey
"""

import re
from math import ceil

from bench.drivers.measured import Measured
from bench.drivers.tool import Tool, only_request
from bench.model import Load

_ROUNDING = 0.002
"""By how much its totals may be off for the digits that it prints: more is an output cut short, or past its million."""


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for any duration."""
    request, url = only_request(load, url, "hey", ("GET", "HEAD", "POST"))
    body = [] if request.body is None else ["-T", "text/plain", "-d", request.body]
    limits = ["-z", f"{load.duration:g}s", "-t", str(ceil(load.timeout)), "-cpus", str(threads)]
    return ["-disable-redirects", "-c", str(load.connections), *limits, "-m", request.method, *body, url]


def parse(output: str) -> Measured:
    """Read its summary."""
    statuses = {int(code): int(times) for code, times in re.findall(r"^  \[(\d+)\]\t(\d+) responses", output, re.M)}
    problems = re.findall(r"^  \[(\d+)\]\t(?!\d+ responses)(.*)$", output, re.MULTILINE)
    good = sum(times for code, times in statuses.items() if code < 400)
    errors = {f"status {code}": times for code, times in statuses.items() if code >= 400}
    for times, words in problems:
        errors[_kind(words)] = errors.get(_kind(words), 0) + int(times)
    duration, asked = _seconds(output, "Total"), good + sum(errors.values())
    if abs(_seconds(output, "Requests/sec") * duration - asked) > max(_ROUNDING * asked, 1.0):
        raise ValueError("its statuses are not those of all requests")
    return Measured(
        duration=duration,
        responses=good,
        errors=errors,
        mean=_seconds(output, "Average") if good else None,
        quantiles=_quantiles(output) if good else {},
    )


def _kind(words: str) -> str:
    if "refused" in words or "dial" in words:
        return "connect"
    return "time-out" if "Timeout" in words or "deadline" in words else "reset"


def _quantiles(output: str) -> dict[str, float]:
    shares = dict(re.findall(r"^  (\d+)% in ([\d.]+) secs", output, re.MULTILINE))
    told = {f"p{share}": float(shares[share]) for share in ("50", "90", "99") if share in shares}
    return {**told, "max": _seconds(output, "Slowest")}


def _seconds(output: str, name: str) -> float:
    line = next(line for line in output.splitlines() if line.strip().startswith(f"{name}:"))
    return float(line.split(":")[1].split()[0])


HEY = Tool("hey", "`apt install hey`", command, parse)
