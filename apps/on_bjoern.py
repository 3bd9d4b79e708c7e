"""bjoern, a process for each worker: on_bjoern.py module:attribute host port backlog workers."""

import os
import signal
import sys
from pkgutil import resolve_name

import bjoern

target, host, port, backlog, workers = sys.argv[1:]
bjoern.listen(resolve_name(target), host, int(port), listen_backlog=int(backlog))
children = []
for _ in range(int(workers)):
    if not (child := os.fork()):
        bjoern.run()
    children.append(child)
ends = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
signal.sigwait(ends)
for child in children:
    os.kill(child, signal.SIGTERM)
