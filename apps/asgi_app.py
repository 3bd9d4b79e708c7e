"""The application as bare ASGI."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from answers import BINARY, BODY, CSS, JSON, LARGEST, LONGEST, NOT_FOUND, TEXT, file, message, number, pattern

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, str, bytes]
MISSING: Answer = (404, TEXT, NOT_FOUND)


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await live(receive, send)
    status, kind, body = await answer(scope, receive)
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
    return None


async def answer(scope: Message, receive: Receive) -> Answer:
    method, path = scope["method"], scope["path"]
    if path == "/echo":
        return (200, BINARY, await read(receive)) if method == "POST" else MISSING
    if method not in ("GET", "HEAD"):
        return MISSING
    match path.split("/")[1:]:
        case [""]:
            return 200, TEXT, BODY
        case ["json"]:
            return 200, JSON, message()
        case ["pid"]:
            return 200, TEXT, str(os.getpid()).encode()
        case ["delay", text] if (pause := number(text, LONGEST)) is not None:
            await asyncio.sleep(pause / 1000)
            return 200, TEXT, BODY
        case ["bytes", text] if (size := number(text, LARGEST)) is not None:
            return 200, BINARY, pattern(size)
        case ["static", name] if (content := file(name)) is not None:
            return 200, CSS, content
    return MISSING


async def read(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        event = await receive()
        parts.append(event.get("body", b""))
        more = event.get("more_body", False)
    return b"".join(parts)


async def live(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": event["type"] + ".complete"})
        if event["type"] == "lifespan.shutdown":
            return
