"""Cheroot: on_cheroot.py module:attribute host port backlog threads connections."""

import sys
from pkgutil import resolve_name

from cheroot.wsgi import Server

target, host, port, backlog, threads, connections = sys.argv[1:]
server = Server((host, int(port)), resolve_name(target), int(threads), request_queue_size=int(backlog))
# Of idle connections it keeps ten, unless told otherwise where its own command line has no option for it.
server.keep_alive_conn_limit = int(connections)
server.safe_start()
