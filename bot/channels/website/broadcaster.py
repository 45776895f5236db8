"""What the server says by itself to the tabs of a conversation, and whether any is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.channels.website.presence import Presence
from bot.channels.website.transport import Transport

NAMESPACE = "/"  # the only one


class Broadcaster:
    """Reaches the visitors of this process, and with `presence` those of all."""

    def __init__(self, transport: Transport, presence: Presence | None = None) -> None:
        self._transport, self._presence = transport, presence

    async def announce(self, conversation_id: str, events: Iterable[tuple[str, Any]]) -> None:
        """Send events (name, data) of docs/protocol.md to every tab of the conversation."""
        for name, data in events:
            await self._transport.emit(name, data, room=conversation_id)

    async def is_present(self, conversation_id: str) -> bool | None:
        """Whether the visitor has the chat open in any tab; None when nobody can say."""
        rooms = self._transport.manager.rooms.get(NAMESPACE, {})
        if rooms.get(conversation_id) or self._presence is None:
            return bool(rooms.get(conversation_id))
        return await self._presence.is_anywhere(conversation_id)
