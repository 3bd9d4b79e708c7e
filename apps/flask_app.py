"""The application through Flask: what most teams deploy, and what every WSGI row serves."""

import os
import time

from answers import BINARY, BODY, JSON, LARGEST, LONGEST, NOT_FOUND, STATIC, TEXT, message, number, pattern
from flask import Flask, Response, abort, request, send_from_directory

app = Flask(__name__, static_folder=None)
# The other interfaces answer neither OPTIONS nor doubled slashes on their own.
app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
app.url_map.merge_slashes = False


@app.get("/")
def hello() -> Response:
    return Response(BODY, content_type=TEXT)


@app.get("/delay/<milliseconds>")
def delay(milliseconds: str) -> Response:
    pause = number(milliseconds, LONGEST)
    if pause is None:
        abort(404)
    time.sleep(pause / 1000)
    return Response(BODY, content_type=TEXT)


@app.get("/json")
def as_json() -> Response:
    return Response(message(), content_type=JSON)


@app.get("/bytes/<size>")
def some_bytes(size: str) -> Response:
    count = number(size, LARGEST)
    if count is None:
        abort(404)
    return Response(pattern(count), content_type=BINARY)


@app.get("/static/<name>")
def static_file(name: str) -> Response:
    return send_from_directory(STATIC, name)


@app.post("/echo")
def echo() -> Response:
    return Response(request.get_data(), content_type=BINARY)


@app.get("/pid")
def pid() -> Response:
    return Response(str(os.getpid()), content_type=TEXT)


@app.errorhandler(404)
@app.errorhandler(405)
def not_found(_: Exception) -> Response:
    return Response(NOT_FOUND, status=404, content_type=TEXT)
