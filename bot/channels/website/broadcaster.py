"""What the server says by itself to the tabs of a conversation, and whether any is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.channels.website.transport import Transport

NAMESPACE = "/"  # the only one


class Broadcaster:
    """Reaches the visitors of this process."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def announce(self, conversation_id: str, events: Iterable[tuple[str, Any]]) -> None:
        """Send events (name, data) of docs/protocol.md to every tab of the conversation."""
        for name, data in events:
            await self._transport.emit(name, data, room=conversation_id)

    def is_present(self, conversation_id: str) -> bool:
        """Whether the visitor has the chat open in any tab."""
        rooms = self._transport.manager.rooms.get(NAMESPACE, {})
        return bool(rooms.get(conversation_id))
