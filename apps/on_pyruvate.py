"""Pyruvate: on_pyruvate.py module:attribute host port threads."""

import sys
from pkgutil import resolve_name

import pyruvate

target, host, port, threads = sys.argv[1:]
pyruvate.serve(resolve_name(target), f"{host}:{port}", int(threads))
