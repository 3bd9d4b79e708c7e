"""gevent's own WSGI server: on_gevent.py module:attribute host port backlog connections."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402  what is imported from here on must find the patched modules
from pkgutil import resolve_name  # noqa: E402

from gevent.pool import Pool  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402

target, host, port, backlog, connections = sys.argv[1:]
app, pool = resolve_name(target), Pool(int(connections))
WSGIServer((host, int(port)), app, backlog=int(backlog), spawn=pool, log=None).serve_forever()
