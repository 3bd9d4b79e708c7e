"""CherryPy with an app grafted into its tree: on_cherrypy.py module:attribute host port backlog threads connections."""

import sys
from pkgutil import resolve_name

import cherrypy
from cherrypy._cpwsgi_server import CPWSGIServer

target, host, port, backlog, threads, connections = sys.argv[1:]
# Of idle connections it keeps ten; its configuration has no name for that.
CPWSGIServer.keep_alive_conn_limit = int(connections)
cherrypy.tree.graft(resolve_name(target), "/")
cherrypy.config.update(
    {
        "server.socket_host": host,
        "server.socket_port": int(port),
        "server.socket_queue_size": int(backlog),
        "server.thread_pool": int(threads),
        "engine.autoreload.on": False,
        "log.screen": False,
    }
)
cherrypy.engine.signals.subscribe()
cherrypy.engine.start()
cherrypy.engine.block()
