"""FastWSGI: on_fastwsgi.py module:attribute host port backlog."""

import sys
from pkgutil import resolve_name

import fastwsgi

target, host, port, backlog = sys.argv[1:]
fastwsgi.server.backlog = int(backlog)
fastwsgi.server.max_content_length = 64 * 1024 * 1024
fastwsgi.run(resolve_name(target), host, int(port))
