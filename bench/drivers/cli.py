"""`bench load URL`: the load driver alone, against any URL that is near, for those who now reach for wrk or hey."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from math import inf
from urllib.parse import urlsplit

from bench.drivers import DRIVERS, Drive, driving
from bench.drivers.destination import destination
from bench.drivers.remote import Remote
from bench.drivers.summary import described, summary
from bench.errors import ConfigurationError
from bench.model import Load, Request, Target, Window
from bench.running.preflight import allow_connections

_MOST = 1_000_000
"""Of anything: eleven days, and more questions a second than any driver can ask."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `bench load` can be told."""
    add = parser.add_argument
    add("url", metavar="URL", help="http://, https:// or http+unix://<percent-encoded path>")
    add("--connections", type=int, default=64, metavar="N", help="how many, at most with a rate (default %(default)s)")
    add("--rate", type=float, metavar="R", help="requests per second, whatever the server does (default: closed loop)")
    add("--arrivals", choices=("constant", "poisson"), help="with a rate (default: constant)")
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
        window, interrupted = _measured(drive, target, load)
    if live:
        print("\r\033[K", end="", file=sys.stderr)
    said = summary(window, arguments.driver)
    print(json.dumps(said, indent=2) if arguments.json else described(window, arguments.driver), flush=True)
    if interrupted:
        print(f"bench: interrupted after {window.duration:.2f} s of {load.duration:g}.", file=sys.stderr)
        return 130
    if not window.responses:
        kinds = ", ".join(f"{kind} ({times} times)" for kind, times in window.errors.items()) or "no answer"
        print(f"bench: {arguments.url} answered nothing rightly: {kinds}.", file=sys.stderr)
    return 0 if window.responses else 1


def _measured(drive: Drive, target: Target, load: Load) -> tuple[Window, bool]:
    """A window, and whether an interrupt has ended it: what was measured until then is told by drivers that can."""
    try:
        return drive(target, load), False
    except KeyboardInterrupt:
        window = drive.halt() if isinstance(drive, Remote) else None
        if window is None or not window.responses:
            raise
        return window, True


def _load(arguments: argparse.Namespace) -> Load:
    _refuse_nonsense(arguments)
    parts = urlsplit(arguments.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = Request(path, arguments.method, arguments.body, arguments.status, arguments.expect)
    return Load(
        "load",
        connections=arguments.connections,
        duration=arguments.duration,
        rate=arguments.rate,
        arrivals=arguments.arrivals or "constant",
        timeout=arguments.timeout,
        requests=(request,),
    )


def _refuse_nonsense(arguments: argparse.Namespace) -> None:
    for name in ("connections", "rate", "duration", "timeout"):
        value = getattr(arguments, name)
        if value is not None and not 0 < value < inf:
            raise ConfigurationError(f"--{name} must be more than 0 and finite, not {value:g}.")
        if value is not None and value > _MOST:
            raise ConfigurationError(f"--{name} must be {_MOST:,} at the most, not {value:g}.")
    if arguments.arrivals and arguments.rate is None:
        raise ConfigurationError(f"--arrivals {arguments.arrivals} is a timetable: say with --rate how many a second.")
    if arguments.body is not None and arguments.method != "POST":
        raise ConfigurationError(f"--body is not sent with {arguments.method}: add --method POST.")
    if not 200 <= arguments.status <= 599:
        raise ConfigurationError(f"--status must be that of a final answer, 200 to 599, not {arguments.status}.")


def _live_line() -> Callable[[int], None]:
    """A watch that keeps one line on the terminal up to date."""
    began, last = 0.0, (0.0, 0)

    def watch(responses: int) -> None:
        nonlocal began, last
        now = time.monotonic()
        if not began:
            # the driver has to start first, which is no part of the load
            began, last = now, (now, responses)
        then, before = last
        if now - then >= 0.5:
            speed = (responses - before) / (now - then)
            print(f"\r\033[K{now - began:6.1f} s  {speed:10,.0f}/s", end="", file=sys.stderr, flush=True)
            last = now, responses

    return watch
