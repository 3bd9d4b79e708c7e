"""`bench load URL`: the load driver alone, against any URL that is near, for those who now reach for wrk or hey."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from math import inf
from urllib.parse import urlsplit

from bench.drivers import DRIVERS, driving
from bench.drivers.destination import destination
from bench.drivers.summary import described, summary
from bench.errors import ConfigurationError
from bench.model import Load, Request
from bench.running.preflight import allow_connections


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `bench load` can be told."""
    add = parser.add_argument
    add("url", metavar="URL", help="http://, https:// or http+unix://<percent-encoded path>")
    add("--connections", type=int, default=64, metavar="N", help="how many, at most with a rate (default %(default)s)")
    add("--rate", type=float, metavar="R", help="requests per second, whatever the server does (default: closed loop)")
    add("--arrivals", choices=("constant", "poisson"), default="constant", help="with a rate (default %(default)s)")
    add("--duration", type=float, default=10.0, metavar="S", help="seconds of asking (default %(default)g)")
    add("--timeout", type=float, default=10.0, metavar="S", help="seconds to wait for an answer (default %(default)g)")
    add("--method", choices=("GET", "POST", "HEAD"), default="GET", help="of the request (default %(default)s)")
    add("--body", metavar="TEXT", help="of a POST request (default: none)")
    add("--status", type=int, default=200, metavar="N", help="the right answer's status (default %(default)s)")
    add("--expect", metavar="TEXT", help="the right answer's body (default: any)")
    add("--driver", default="locust", metavar="NAME", help=f"one of {', '.join(DRIVERS)} (default %(default)s)")
    add(
        "--allow-public-target",
        action="store_true",
        help="load what is neither on this machine nor in a private network (default: refuse)",
    )
    add("--json", action="store_true", help="print one JSON object (default: a table)")


def load_command(arguments: argparse.Namespace, turn: Callable[[], AbstractContextManager[None]] = nullcontext) -> int:
    """Measure one window in our turn and print it; 0 when something was answered rightly, 1 when nothing was."""
    target = destination(arguments.url, arguments.allow_public_target)
    load = _load(arguments)
    allow_connections(load.connections)
    live = sys.stderr.isatty() and not arguments.json
    with turn(), driving(arguments.driver, watch=_live_line() if live else None) as drive:
        window = drive(target, load)
    if live:
        print("\r\033[K", end="", file=sys.stderr)
    said = summary(window, arguments.driver)
    print(json.dumps(said, indent=2) if arguments.json else described(window, arguments.driver))
    if not window.responses:
        kinds = ", ".join(f"{kind} ({times} times)" for kind, times in window.errors.items()) or "no answer"
        print(f"bench: {arguments.url} answered nothing rightly: {kinds}.", file=sys.stderr)
    return 0 if window.responses else 1


def _load(arguments: argparse.Namespace) -> Load:
    for name in ("connections", "rate", "duration", "timeout"):
        value = getattr(arguments, name)
        if value is not None and not 0 < value < inf:
            raise ConfigurationError(f"--{name} must be more than 0 and finite, not {value:g}.")
    parts = urlsplit(arguments.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = Request(path, arguments.method, arguments.body, arguments.status, arguments.expect)
    return Load(
        "load",
        connections=arguments.connections,
        duration=arguments.duration,
        rate=arguments.rate,
        arrivals=arguments.arrivals,
        timeout=arguments.timeout,
        requests=(request,),
    )


def _live_line() -> Callable[[int], None]:
    """A watch that keeps one line on the terminal up to date."""
    began, last = time.monotonic(), (time.monotonic(), 0)

    def watch(responses: int) -> None:
        nonlocal last
        now, (then, before) = time.monotonic(), last
        if now - then >= 0.5:
            speed = (responses - before) / (now - then)
            print(f"\r\033[K{now - began:6.1f} s  {speed:10,.0f}/s", end="", file=sys.stderr, flush=True)
            last = now, responses

    return watch
