"""What ties the website of this process to those of the others, when REDIS_URL names their Redis.

Limits of visitors are not shared: each process counts for itself (docs/several-processes.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.engine import Engine

from bot.channels.website.catch_up import CatchUp
from bot.channels.website.manager import ClusterManager, Json
from bot.channels.website.presence import Presence
from bot.record import Message
from bot.redis_link import RedisLink

MOVED = "moved"  # a visitor began a new conversation: in every tab


class Cluster:
    """Reaches tabs of other processes, knows who is there, and shows what was missed."""

    def __init__(self, redis_url: str, engine: Engine) -> None:
        redis = RedisLink(redis_url)
        self.manager = ClusterManager(redis)
        self.presence = Presence(self.manager, redis)
        self._catch_up = CatchUp(self.manager, engine, self._show)
        self._shows: Callable[[str, list[Message]], Awaitable[None]] | None = None

    def start(self) -> None:
        """Begin, in the running event loop."""
        self.manager.start()
        self.presence.start()
        self._catch_up.start()

    async def stop(self) -> None:
        """End what start() began."""
        await self._catch_up.stop()
        await self.presence.stop()
        await self.manager.stop()

    def on_missed(self, show: Callable[[str, list[Message]], Awaitable[None]]) -> None:
        """Have `show` called with what the tabs of this process were not told."""
        self._shows = show

    def told(self, conversation_id: str, number: int) -> None:
        """A tab was sent its history, up to the bot message of this number."""
        self._catch_up.told(conversation_id, number)

    async def move_tabs(self, old: str, token: str) -> None:
        """Have the tabs of the other processes leave a conversation for that of the token."""
        await self.manager.tell(MOVED, old=old, token=token)

    def on_moved(self, move: Callable[[str, str], Awaitable[None]]) -> None:
        """Have `move` called when another process has said so."""

        async def hear(told: Json) -> None:
            await move(str(told["old"]), str(told["token"]))

        self.manager.hear(MOVED, hear)

    async def _show(self, conversation_id: str, messages: list[Message]) -> None:
        if self._shows:
            await self._shows(conversation_id, messages)
