"""Whether the process lives, and whether visitors may be sent to it; says what is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sanic import Sanic
from sanic.response import HTTPResponse, json

from bot.record import Record
from bot.turns import ready_agent
from bot.watch.load import load
from sales.database import open_engine
from sales.settings import Settings

logger = logging.getLogger(__name__)
MANIFEST = "manifest.json"  # of the encoder
CHECK_TIMEOUT_S = 2.0
NEVER = {"Cache-Control": "no-store"}
Check = Callable[[], Awaitable[bool]]


class Asked:
    """A question to something outside, put once however many ask at the same time.

    One that hangs keeps its thread; the next probe does not begin another.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._asking: asyncio.Task[bool] | None = None

    async def answer(self) -> bool:
        """False as well when the answer takes longer than CHECK_TIMEOUT_S."""
        asking = self._asking
        if asking is None or asking.done():
            asking = self._asking = asyncio.ensure_future(self._check())
        done, _ = await asyncio.wait({asking}, timeout=CHECK_TIMEOUT_S)
        return bool(done) and asking.exception() is None and asking.result()


class Readiness:
    """What the process needs to answer visitors."""

    def __init__(self, settings: Settings, redis_url: str = "") -> None:
        self._encoder = settings.encoder_dir / MANIFEST
        record = Record(open_engine(settings.database_url))
        self._database = Asked(lambda: asyncio.to_thread(record.answers))
        self._redis = Asked(lambda: _redis_answers(redis_url)) if redis_url else None

    async def found(self, app: Sanic) -> dict[str, bool]:
        """What there is."""
        found = {
            "model": ready_agent(app) is not None,
            "encoder": self._encoder.is_file(),
            "database": await self._database.answer(),
        }
        if self._redis:
            found["redis"] = await self._redis.answer()
        return found

    async def response(self, app: Sanic) -> HTTPResponse:
        """200 when visitors may come; else 503, and why not.

        Without Redis they may: conversations go on, and with it all processes would be left out.
        """
        found: dict[str, Any] = await self.found(app)
        has_all = all(is_there for name, is_there in found.items() if name != "redis")
        is_ready = has_all and not load().is_draining
        status = "draining" if load().is_draining else "ready" if is_ready else "not ready"
        return json({"status": status, **found}, 200 if is_ready else 503, headers=NEVER)


def readiness(app: Sanic) -> Readiness:
    """That of the server, made when it is first asked for."""
    if not hasattr(app.ctx, "readiness"):
        settings = Settings.from_env()
        app.ctx.readiness = Readiness(settings, getattr(settings, "redis_url", None) or "")
    found: Readiness = app.ctx.readiness
    return found


async def _redis_answers(url: str) -> bool:
    client: Any = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
