"""Tornado's server with its own handlers: on_tornado.py module:attribute host port backlog."""

import asyncio
import sys
from pkgutil import resolve_name


async def serve(target: str, host: str, port: str, backlog: str) -> None:
    resolve_name(target).listen(int(port), host, backlog=int(backlog))
    await asyncio.Event().wait()


asyncio.run(serve(*sys.argv[1:]))
