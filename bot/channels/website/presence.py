"""Which conversations are open in a tab, over all processes: a set of processes for each, in Redis.

A set lives a little longer than its processes say so; one that was killed is believed to have its
tabs for KEPT_S.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bot.channels.website.manager import ClusterManager
from bot.channels.website.tokens import CONVERSATION
from bot.redis_link import RedisLink

PREFIX = "fiberbot:here:"
KEPT_S = 30
SAY_EVERY_S = 3.0
SETTLE_S = 0.1  # a tab that changes its conversation leaves one and enters another


class Presence:
    """Says for this process, and knows for all."""

    def __init__(self, manager: ClusterManager, redis: RedisLink) -> None:
        self._manager, self._redis = manager, redis
        self._changed: set[str] = set()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        manager.on_change = self._note

    def start(self) -> None:
        """Begin, in the running event loop."""
        loops = (self._say_changes(), self._say_again())
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """End what start() began."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def is_anywhere(self, conversation_id: str) -> bool | None:
        """Whether any process has a tab of it; None while Redis is away."""
        is_there = await self._is_said_to_be(conversation_id)
        if is_there is False:  # one that comes this moment is said to be here a little later
            await asyncio.sleep(2 * SETTLE_S)
            is_there = await self._is_said_to_be(conversation_id)
        return is_there

    async def _is_said_to_be(self, conversation_id: str) -> bool | None:
        client: Any = self._redis.client
        count = await self._redis.ask(lambda: client.scard(PREFIX + conversation_id))
        return None if count is None else bool(count)

    def _note(self, room: object) -> None:
        if isinstance(room, str) and CONVERSATION.fullmatch(room):
            self._changed.add(room)
            self._news.set()

    async def _say_changes(self) -> None:
        while True:
            await self._news.wait()
            await asyncio.sleep(SETTLE_S)
            self._news.clear()
            changed, self._changed = self._changed, set()
            await self._say(changed)

    async def _say_again(self) -> None:
        while True:
            await asyncio.sleep(SAY_EVERY_S)
            await self._say({room for room in self._manager.here() if CONVERSATION.fullmatch(room)})

    async def _say(self, rooms: set[str]) -> None:
        here = set(self._manager.here())

        async def say() -> None:
            async with self._redis.client.pipeline(transaction=False) as pipe:
                for room in rooms & here:
                    pipe.sadd(PREFIX + room, self._manager.host_id)
                    pipe.expire(PREFIX + room, KEPT_S)
                for room in rooms - here:
                    pipe.srem(PREFIX + room, self._manager.host_id)
                await pipe.execute()

        if rooms:
            await self._redis.ask(say)
