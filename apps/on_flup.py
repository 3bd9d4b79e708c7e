"""flup's FastCGI server: on_flup.py module:attribute socket threads."""

import sys
from pkgutil import resolve_name

from flup.server.fcgi import WSGIServer

target, path, threads = sys.argv[1:]
WSGIServer(resolve_name(target), bindAddress=path, umask=0, debug=False, maxThreads=int(threads)).run()
