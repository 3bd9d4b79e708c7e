"""Rows for tests: a catalog of the project's rows and of some that misbehave in one way each."""

from pathlib import Path

from bench.rows.catalog import Catalog, load_catalog

ANSWER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = {body!r}
        self.send_response({status})
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SILENT = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)
"""
FAULTS = {
    "exits": "print('no such app'); raise SystemExit(3)",
    "sleeps": "import time; time.sleep(60)",
    "silent": SILENT,
    "wrong-body": ANSWER.format(body=b"Goodbye!", status=200),
    "wrong-status": ANSWER.format(body=b"Hello World!", status=404),
    "broken-gateway": ANSWER.format(body=b"Bad Gateway", status=502),
    "right": ANSWER.format(body=b"Hello World!", status=200),
}


def row(name: str, script: Path, **keys: str) -> str:
    more = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return f'[{name}]\ntitle = "{name}"\nserves = "wsgi"\nslots = "1"\nrun = ["{{python}} {script} {{port}}"]\n{more}\n'


def file_of_faults(folder: Path, sources: dict[str, str] | None = None) -> Path:
    """A user's own file of rows, one for each script."""
    text = ""
    for name, source in (FAULTS if sources is None else sources).items():
        script = folder / f"{name}.py"
        script.write_text(source)
        text += row(name, script)
    path = folder / "rows.toml"
    path.write_text(text)
    return path


def faulty(folder: Path) -> Catalog:
    return load_catalog(file_of_faults(folder))
