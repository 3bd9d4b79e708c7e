"""A WSGI app in ASGI, by a2wsgi's threads: $WSGI_APP is module:attribute, $WSGI_THREADS how many a worker has."""

import os
from pkgutil import resolve_name

from a2wsgi import WSGIMiddleware

app = WSGIMiddleware(resolve_name(os.environ["WSGI_APP"]), workers=int(os.environ["WSGI_THREADS"]))
