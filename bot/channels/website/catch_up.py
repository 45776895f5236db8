"""Shows tabs what another process saved and could not tell them.

Between processes, words go through Redis, which forgets whom it did not reach: while it is away,
or while a process subscribes again. The record forgets nothing, so each process looks there for
the conversations of its tabs, and sends what was still not told when it looked before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.website.manager import ClusterManager
from bot.channels.website.tokens import CONVERSATION
from bot.record import BOT, EVENTS, BotMessage, Message, Record

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0
Show = Callable[[str, list[Message]], Awaitable[None]]


class CatchUp:
    """Knows how far the tabs of this process were told, by the numbers of the bot's messages."""

    def __init__(self, manager: ClusterManager, engine: Engine, show: Show) -> None:
        self._manager, self._engine, self._show = manager, engine, show
        self._record = Record(engine)
        self._told: dict[str, int] = {}
        self._behind: dict[str, int] = {}  # what was not told when it was looked at last
        self._marks: list[int] = []  # the last rows of the record at the last two looks
        self._looking: asyncio.Task[None] | None = None
        manager.on_emit = self._note

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._looking = asyncio.create_task(self._look_for_ever())

    async def stop(self) -> None:
        """End what start() began."""
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def told(self, conversation_id: str, number: int) -> None:
        """A tab of the conversation was sent its history up to this message."""
        self._told.setdefault(conversation_id, number)

    def _note(self, room: str, event: str, data: Any) -> None:
        """A message counts as told when those before it were."""
        if event != "bot_uttered" or room not in self._told:
            return
        number = (data[0] if isinstance(data, list) else data).get("number")
        if number == self._told[room] + 1:
            self._told[room] = number

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except sa.exc.SQLAlchemyError:  # the database is away, which others tell
                continue

    async def look(self) -> None:
        """Send what was not told when this was called before and still is not."""
        here = {room for room in self._manager.here() if CONVERSATION.fullmatch(room)}
        self._told = {room: n for room, n in self._told.items() if room in here}
        if not here:
            return
        behind: dict[str, int] = {}
        for room in (await asyncio.to_thread(self._talked)) & here | self._behind.keys() & here:
            conversation = self._record.read(room)
            told = self._told.setdefault(room, conversation.bot_messages)
            if conversation.bot_messages <= told:
                continue
            behind[room] = told
            if self._behind.get(room) == told:
                await self._show(room, list(conversation.since(told)))
                self._told[room] = conversation.bot_messages
                logger.info("website.caught_up: conversation %s, after %d", room, told)
        self._behind = behind

    def _talked(self) -> set[str]:
        """Conversations that the bot spoke in since the look before the last.

        One look is not enough: rows are not committed in the order of their numbers.
        """
        with self._engine.connect() as connection:
            last = connection.execute(sa.select(sa.func.max(EVENTS.c.id))).scalar() or 0
            since = self._marks[0] if self._marks else last
            recent = sa.and_(EVENTS.c.id > since, EVENTS.c.type_name == BOT)
            talked = connection.execute(sa.select(EVENTS.c.sender_id).where(recent).distinct())
            found = set(talked.scalars())
        self._marks = [*self._marks[-1:], last]
        return found


def as_events(messages: list[Message]) -> list[tuple[str, Any]]:
    """The messages as the protocol tells them."""
    return [
        ("bot_uttered" if isinstance(message, BotMessage) else "user_echo", message.as_json())
        for message in messages
    ]
