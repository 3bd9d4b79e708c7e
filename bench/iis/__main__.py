"""Keeps a site of IIS up for as long as it runs: `python -m bench.iis --port 18080 …`; told to end, it takes it down.

The workers are Windows' own children; this process stands in for them, so that they are billed to the row.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path, PureWindowsPath

import psutil

from bench.errors import BenchError
from bench.iis.carry import Machine, put_up, take_down, this_machine, workers
from bench.iis.interpreters import interpreter
from bench.iis.site import Site
from bench.processes import adoption
from bench.wire import Conversation

_OFTEN = 0.2
_FIRST_ANSWER = 120.0
_OURS = frozenset({"PATH", "HOME", "TMPDIR", "PYTHONPATH", "SYSTEMROOT", "WINDIR", "COMSPEC"})
"""What this process needs for itself, and a worker has from Windows."""


def main() -> int:
    """Put the site up, keep it, take it down; 1 where IIS is not as it was before, 2 where it cannot be put up."""
    chosen = _parser().parse_args()
    machine = this_machine(chosen.appcmd, chosen.python)
    ended = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: ended.set())
    try:
        site = _site(chosen)
        before = put_up(site, machine)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr, flush=True)
        return 2
    try:
        if chosen.ask:
            _ask(site)
        _keep(site, machine, ended)
        take_down(site, machine, before)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr, flush=True)
        return 1
    finally:
        adoption.release(os.getpid(), Path(chosen.root).parent)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.iis", description=__doc__, allow_abbrev=False)
    appcmd = os.path.join(os.environ.get("WINDIR", r"C:\Windows"), "System32", "inetsrv", "appcmd.exe")
    parser.add_argument("--appcmd", default=appcmd, help="the program that tells IIS (default: %(default)s)")
    for name, meaning in (
        ("--python", "the interpreter that serves"),
        ("--root", "the folder that the site is: its web.config lies there"),
        ("--folder", "the app's folder"),
    ):
        parser.add_argument(name, required=True, help=meaning)
    parser.add_argument("--wfastcgi", help="where wfastcgi.py lies; without, the site has a handler of HttpPlatform")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=4, help="how many FastCGI may start")
    parser.add_argument("--backlog", type=int, default=1000, help="how many requests may wait")
    parser.add_argument("--profile", choices=("tuned", "defaults"), default="tuned")
    parser.add_argument("--waking", choices=("ondemand", "running", "preload", "initialised"), default="ondemand")
    parser.add_argument("--ask", action="store_true", help="ask for / as soon as it is up")
    return parser


def _site(chosen: argparse.Namespace) -> Site:
    return Site(
        name=f"bench-{chosen.port}-{os.getpid()}",
        port=chosen.port,
        python=interpreter(chosen.python),
        root=PureWindowsPath(chosen.root),
        folder=PureWindowsPath(chosen.folder),
        wfastcgi=PureWindowsPath(chosen.wfastcgi) if chosen.wfastcgi else None,
        handler="wfastcgi" if chosen.wfastcgi else "httpplatform",
        profile=chosen.profile,
        waking=chosen.waking,
        processes=chosen.processes,
        backlog=chosen.backlog,
        environment={name: value for name, value in os.environ.items() if name.upper() not in _OURS and value},
    )


def _keep(site: Site, machine: Machine, ended: threading.Event) -> None:
    """Wait for the end, and say meanwhile which of Windows' processes are this site's.

    They are asked for again only when one is gone: appcmd costs CPU time that would be billed to the row.
    """
    known: list[int] = []
    # Short waits: on Windows, a signal is noticed only between two of them.
    while not ended.wait(_OFTEN):
        if not known or not all(map(psutil.pid_exists, known)):
            known = workers(site.name, machine)
            adoption.adopt(known, os.getpid(), Path(site.root.as_posix()).parent)


def _ask(site: Site) -> None:
    """What people do against a slow first answer: ask at once, so that it is not a visitor who waits."""
    try:
        with Conversation(f"http://{site.host}:{site.port}", _FIRST_ANSWER) as server:
            server.ask("/")
    except OSError as error:
        print(f"bench: {site.name} does not answer itself: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
