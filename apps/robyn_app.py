"""The application in Robyn's own handlers."""

import asyncio
import os

from answers import BINARY, BODY, CSS, JSON, LARGEST, LONGEST, NOT_FOUND, TEXT, file, message, number, pattern
from robyn import Request, Response, Robyn

app = Robyn(__file__)


def answer(body: bytes, kind: str = TEXT, status: int = 200) -> Response:
    return Response(status, {"Content-Type": kind}, body)


@app.get("/")
@app.head("/")
async def hello(request: Request) -> Response:
    return answer(BODY)


@app.get("/delay/:milliseconds")
async def delay(request: Request) -> Response:
    pause = number(request.path_params["milliseconds"], LONGEST)
    if pause is None:
        return answer(NOT_FOUND, status=404)
    await asyncio.sleep(pause / 1000)
    return answer(BODY)


@app.get("/json")
async def as_json(request: Request) -> Response:
    return answer(message(), JSON)


@app.get("/bytes/:size")
async def some_bytes(request: Request) -> Response:
    size = number(request.path_params["size"], LARGEST)
    return answer(NOT_FOUND, status=404) if size is None else answer(pattern(size), BINARY)


@app.get("/static/:name")
async def static_file(request: Request) -> Response:
    content = file(request.path_params["name"])
    return answer(NOT_FOUND, status=404) if content is None else answer(content, CSS)


@app.post("/echo")
async def echo(request: Request) -> Response:
    body = request.body
    return answer(body.encode() if isinstance(body, str) else bytes(body), BINARY)


@app.get("/pid")
async def pid(request: Request) -> Response:
    return answer(str(os.getpid()).encode())


@app.get("/*path")
async def missing(request: Request) -> Response:
    return answer(NOT_FOUND, status=404)
