"""Socket.IO's client manager over Redis: a tab is reached whichever process it is connected to.

python-socketio's own AsyncRedisManager has each turn wait for Redis, twice for an answer that does
not come; after an outage it listens again after up to a minute. Here nothing waits, and nothing
needs to arrive: what Redis loses, bot/channels/website/catch_up.py brings from the record.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

from socketio.async_pubsub_manager import (  # type: ignore[import-untyped]  # it has no types
    AsyncPubSubManager,
)

from bot.redis_link import AWAY, RedisLink

logger = logging.getLogger(__name__)
CHANNEL = "fiberbot:website"
NAMESPACE = "/"  # the only one
MOST_WAITING = 10_000  # messages; beyond, new ones are dropped
IDLE_S = 5.0  # without a word, Redis is asked whether it is still there
LISTEN_AGAIN_S = 0.5
Json = dict[str, Any]
Hear = Callable[[Json], Awaitable[None]]


class ClusterManager(AsyncPubSubManager):
    """The connections of this process, and the way to those of the others."""

    def __init__(self, redis: RedisLink) -> None:
        super().__init__(channel=CHANNEL)
        self._redis = redis
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._sending: asyncio.Task[None] | None = None
        self._hears: dict[str, Hear] = {}
        self.on_emit: Callable[[str, str, Any], None] = lambda _room, _event, _data: None
        self.on_change: Callable[[str], None] = lambda _room: None

    def start(self) -> None:
        """Begin to talk to the others, in the running event loop."""
        self._sending = asyncio.create_task(self._send_for_ever())
        if not self.server.manager_initialized:  # else with the first client
            self.server.manager_initialized = True
            self.initialize()

    async def stop(self) -> None:
        """End what start() began."""
        tasks = [task for task in (self._sending, getattr(self, "thread", None)) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def here(self) -> list[str]:
        """The rooms with a connection of this process."""
        return [str(room) for room, sids in self.rooms.get(NAMESPACE, {}).items() if room and sids]

    def hear(self, what: str, act: Hear) -> None:
        """Have `act` called with what another process tells by this name."""
        self._hears[what] = act

    async def tell(self, what: str, **facts: Any) -> None:
        """Call what the other processes do when they hear it."""
        await self._publish({"method": what, "host_id": self.host_id, **facts})

    async def emit(self, event: str, data: Any, namespace: str, room: Any = None,
                   skip_sid: Any = None, callback: Any = None, to: Any = None,
                   **kwargs: Any) -> None:  # fmt: skip
        """As the manager's, but what goes to a connection of this process stays here."""
        room = to or room
        if self.is_connected(room, namespace):
            kwargs["ignore_queue"] = True
        await super().emit(event, data, namespace, room, skip_sid, callback, **kwargs)

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: Any = None) -> None:
        """Called by the manager."""
        super().basic_enter_room(sid, namespace, room, eio_sid)
        self.on_change(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """Called by the manager, on disconnecting too."""
        super().basic_leave_room(sid, namespace, room)
        self.on_change(room)

    async def _handle_emit(self, message: Json) -> None:
        await super()._handle_emit(message)
        self.on_emit(str(message.get("room")), str(message["event"]), message["data"])

    async def _publish(self, data: Json) -> None:
        try:
            self._waiting.put_nowait(json.dumps(data))
        except asyncio.QueueFull:
            logger.error("website.unsent: %d messages wait for Redis", MOST_WAITING)

    async def _send_for_ever(self) -> None:
        while True:
            text = await self._waiting.get()
            await self._redis.ask(partial(self._redis.client.publish, CHANNEL, text))

    async def _listen(self) -> AsyncIterator[Json]:
        """What the others say, for as long as it takes."""
        while True:
            try:
                async for data in self._heard():
                    if data.get("method") not in self._hears:
                        yield data
                    elif data.get("host_id") != self.host_id:
                        await self._hears[data["method"]](data)
            except AWAY:
                await asyncio.sleep(LISTEN_AGAIN_S)

    async def _heard(self) -> AsyncIterator[Json]:
        """Until the connection is lost: raises one of AWAY."""
        async with self._redis.client.pubsub() as listening:
            await listening.subscribe(CHANNEL)
            is_asked = False
            while True:
                message = await listening.get_message(timeout=IDLE_S)
                if message is None and is_asked:
                    raise TimeoutError
                is_asked = message is None
                if message is None:
                    await listening.ping()
                elif message["type"] == "message":
                    yield json.loads(message["data"])
