#!@python@
"""One request, then the end: a CGI script around a WSGI app."""

import sys
from pkgutil import resolve_name
from wsgiref.handlers import CGIHandler

sys.path.insert(0, "@project@")
CGIHandler().run(resolve_name("@app@"))
