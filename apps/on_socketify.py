"""socketify's WSGI server: on_socketify.py module:attribute host port workers."""

import sys
from pkgutil import resolve_name

from socketify import WSGI, AppListenOptions

target, host, port, workers = sys.argv[1:]
server = WSGI(resolve_name(target))
server.listen(AppListenOptions(port=int(port), host=host), lambda config: None).run(int(workers))
