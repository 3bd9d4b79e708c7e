"""Waitress by its own command line, but for its log of waiting requests, a line each: on_waitress.py option… app."""

import logging
import sys

from waitress.runner import run

logging.getLogger("waitress.queue").setLevel(logging.ERROR)
sys.exit(run(sys.argv))
