"""Waitress called by an app's own file: on_waitress_embedded.py module:attribute host port backlog threads connections.

Its other options are those that tutorials recommend.
"""

import logging
import sys
from pkgutil import resolve_name

from waitress import serve

target, host, port, backlog, threads, connections = sys.argv[1:]
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
serve(
    resolve_name(target),
    host=host,
    port=int(port),
    backlog=int(backlog),
    threads=int(threads),
    connection_limit=int(connections),
    channel_timeout=10,
    max_request_header_size=16384,
    max_request_body_size=1073741824,
    url_scheme="http",
    asyncore_use_poll=True,
)
