"""The application in Tornado's own handlers."""

import asyncio
import os
from collections.abc import Awaitable
from typing import cast

from answers import BINARY, BODY, CSS, JSON, LARGEST, LONGEST, NOT_FOUND, TEXT, file, message, number, pattern
from tornado.web import Application, HTTPError, RequestHandler


class Answer(RequestHandler):
    SUPPORTED_METHODS = ("GET", "HEAD", "POST")

    def answer(self, body: bytes, kind: str = TEXT) -> None:
        self.set_header("Content-Type", kind)
        self.finish(body)

    def compute_etag(self) -> None:
        """Spare the SHA-1 of every body, which no other row computes."""

    def write_error(self, status_code: int, **_: object) -> None:
        self.set_status(404 if status_code == 405 else status_code)
        self.answer(NOT_FOUND)

    async def head(self, *parts: str) -> None:
        await cast("Awaitable[None]", self.get(*parts))


class Missing(Answer):
    def prepare(self) -> None:
        raise HTTPError(404)


class Hello(Answer):
    async def get(self) -> None:
        self.answer(BODY)


class Delay(Answer):
    async def get(self, milliseconds: str) -> None:
        pause = number(milliseconds, LONGEST)
        if pause is None:
            raise HTTPError(404)
        await asyncio.sleep(pause / 1000)
        self.answer(BODY)


class Json(Answer):
    async def get(self) -> None:
        self.answer(message(), JSON)


class SomeBytes(Answer):
    async def get(self, size: str) -> None:
        count = number(size, LARGEST)
        if count is None:
            raise HTTPError(404)
        self.answer(pattern(count), BINARY)


class StaticFile(Answer):
    async def get(self, name: str) -> None:
        content = file(name)
        if content is None:
            raise HTTPError(404)
        self.answer(content, CSS)


class Echo(Answer):
    async def post(self) -> None:
        self.answer(self.request.body, BINARY)


class Pid(Answer):
    async def get(self) -> None:
        self.answer(str(os.getpid()).encode())


app = Application(
    [
        (r"/", Hello),
        (r"/delay/([^/]+)", Delay),
        (r"/json", Json),
        (r"/bytes/([^/]+)", SomeBytes),
        (r"/static/([^/]+)", StaticFile),
        (r"/echo", Echo),
        (r"/pid", Pid),
    ],
    default_handler_class=Missing,
    log_function=lambda handler: None,
)
