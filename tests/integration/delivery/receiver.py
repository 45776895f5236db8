"""A real HTTP server on loopback that remembers what was posted and answers as it is told."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Answer:
    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True)
class Posted:
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are given in turn, then 204; `choose` decides instead when it is set."""

    answers: deque[Answer] = field(default_factory=deque)
    choose: Callable[[Posted], Answer] | None = None
    posted: list[Posted] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)  # keys that were answered with 2xx
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def keys(self) -> list[str]:
        return [one.headers["Idempotency-Key"] for one in self.posted]

    async def take(self, request: web.Request) -> web.Response:
        one = Posted(request.path, dict(request.headers), await request.read())
        self.posted.append(one)
        answer = self._answer(one)
        await asyncio.sleep(answer.delay_s)
        if answer.status < 300:
            self.accepted.append(one.headers["Idempotency-Key"])
        return web.Response(status=answer.status, headers=dict(answer.headers))

    def _answer(self, one: Posted) -> Answer:
        if self.choose:
            return self.choose(one)
        return self.answers.popleft() if self.answers else Answer()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port, in a thread of its own."""
    receiver = Receiver()
    loop = asyncio.new_event_loop()
    runner: Any = web.AppRunner(_app(receiver), access_log=None, shutdown_timeout=0.1)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        receiver.port = asyncio.run_coroutine_threadsafe(_start(runner), loop).result(10)
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def _app(receiver: Receiver) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.take)
    return app


async def _start(runner: Any) -> int:
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return int(runner.addresses[0][1])
