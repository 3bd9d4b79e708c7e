"""Twisted's web server, a WSGI app in its threads: on_twisted.py module:attribute host port backlog threads."""

import sys
from pkgutil import resolve_name

from twisted.internet import reactor
from twisted.python.threadpool import ThreadPool
from twisted.web.server import Site
from twisted.web.wsgi import WSGIResource


class Quiet(Site):
    def log(self, request: object) -> None: ...


target, host, port, backlog, threads = sys.argv[1:]
pool = ThreadPool(int(threads), int(threads))
pool.start()
reactor.addSystemEventTrigger("after", "shutdown", pool.stop)
reactor.listenTCP(int(port), Quiet(WSGIResource(reactor, pool, resolve_name(target))), int(backlog), host)
reactor.run()
