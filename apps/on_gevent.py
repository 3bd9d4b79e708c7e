"""gevent's own WSGI server: on_gevent.py module:attribute host port backlog connections."""

from gevent import monkey

monkey.patch_all()

import socket  # noqa: E402  what is imported from here on must find the patched modules
import sys  # noqa: E402
from pkgutil import resolve_name  # noqa: E402

from gevent.pool import Pool  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402

target, host, port, backlog, connections = sys.argv[1:]
listener = WSGIServer.get_listener((host, int(port)), int(backlog), socket.AF_INET)
# It writes head and body apart: without this, answers on a kept connection wait 40 ms for an acknowledgement.
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
WSGIServer(listener, resolve_name(target), spawn=Pool(int(connections)), log=None).serve_forever()
