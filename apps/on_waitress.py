"""Waitress by its own command line, but for its log of waiting requests, a line each: on_waitress.py option… app."""

import logging
import select
import sys

from waitress.runner import run

logging.getLogger("waitress.queue").setLevel(logging.ERROR)
# Windows has no poll(), and its select() has no bound at 1023.
argv = sys.argv if hasattr(select, "poll") else [word for word in sys.argv if word != "--asyncore-use-poll"]
sys.exit(run(argv))
