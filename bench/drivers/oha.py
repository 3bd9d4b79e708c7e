"""oha: a closed loop in Rust; it tells statuses apart, checks no body, and counts the bytes of bodies only.

Its rates are not used. Up to version 1.13 `--latency-correction` did the reverse (its issue 857); since then arrivals
count from when its timer woke, and those that wait for a connection at the end are left out. https://github.com/hatoo/oha
"""

import json
from math import ceil

from bench.drivers.measured import Measured
from bench.drivers.tool import Tool, only_request
from bench.model import Load

_NAMES = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9"}
_DEADLINE = "aborted due to deadline"


def command(load: Load, url: str, threads: int) -> list[str]:
    """Arguments for any duration; what is out at its end is waited for."""
    request, url = only_request(load, url, "oha", ("GET", "HEAD", "POST"))
    body = [] if request.body is None else ["-T", "text/plain", "-d", request.body]
    times = ["-z", f"{round(load.duration * 1000)}ms", "-w", "-t", f"{ceil(load.timeout)}s"]
    plain = ["--no-tui", "--output-format", "json", "--redirect", "0", "--disable-compression", "--insecure"]
    return [*plain, "-c", str(load.connections), *times, "-m", request.method, *body, url]


def parse(output: str) -> Measured:
    """Read its JSON; what it broke off itself at the end is neither a response nor an error."""
    said = json.loads(output[output.index("{") :])
    summary, statuses = said["summary"], said["statusCodeDistribution"]
    good = sum(times for code, times in statuses.items() if int(code) < 400)
    errors = {f"status {code}": times for code, times in statuses.items() if int(code) >= 400}
    for words, times in said["errorDistribution"].items():
        if words != _DEADLINE:
            errors[_kind(words)] = errors.get(_kind(words), 0) + times
    quantiles = {name: said["latencyPercentiles"][theirs] for name, theirs in _NAMES.items()}
    return Measured(
        duration=summary["total"],
        responses=good,
        errors=errors,
        mean=summary["average"] if good else None,
        quantiles={**quantiles, "max": summary["slowest"]} if good else {},
    )


def _kind(words: str) -> str:
    if "refused" in words or "certificate" in words:
        return "connect"
    return "time-out" if words == "timeout" else "reset"


OHA = Tool("oha", "`cargo install oha`, or https://github.com/hatoo/oha has programs", command, parse)
