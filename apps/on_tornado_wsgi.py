"""Tornado's server, a WSGI app in its threads: on_tornado_wsgi.py module:attribute host port backlog threads."""

import asyncio
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pkgutil import resolve_name

from tornado.httpserver import HTTPServer
from tornado.wsgi import WSGIContainer


async def serve(target: str, host: str, port: str, backlog: str, threads: str) -> None:
    app = WSGIContainer(resolve_name(target), ThreadPoolExecutor(int(threads)))
    HTTPServer(app).listen(int(port), host, backlog=int(backlog))
    await asyncio.Event().wait()


logging.getLogger("tornado.access").disabled = True
asyncio.run(serve(*sys.argv[1:]))
