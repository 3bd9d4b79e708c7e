"""Robyn with its own handlers: on_robyn.py module:attribute host port and its own options, which it reads itself."""

import sys
from pkgutil import resolve_name

target, host, port = sys.argv[1:4]
resolve_name(target).start(host, int(port), _check_port=False)
