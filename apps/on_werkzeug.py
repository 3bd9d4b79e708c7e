"""Werkzeug's development server: on_werkzeug.py module:attribute host port backlog single|threaded|<processes>."""

import sys
from pkgutil import resolve_name

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None: ...


target, host, port, backlog, manner = sys.argv[1:]
BaseWSGIServer.request_queue_size = int(backlog)
processes = int(manner) if manner.isdigit() else 1
app = resolve_name(target)
make_server(host, int(port), app, manner == "threaded", processes, request_handler=Quiet).serve_forever()
