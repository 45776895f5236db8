"""A visitor in a test: talks to the really trained assistant and remembers what it said."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered

from bot.channels.admission import admit


@dataclass
class Reply:
    """What the assistant answered to one message."""

    texts: list[str]
    responses: list[str]  # names, such as "utter_greet"
    buttons: dict[str, str]  # title -> payload

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


@dataclass
class Visitor:
    """One conversation with the assistant, through the same admission as the channels."""

    agent: Agent
    loop: asyncio.AbstractEventLoop
    sender_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    reply: Reply = field(default_factory=lambda: Reply([], [], {}))

    def says(self, text: str) -> Reply:
        self.reply = self.loop.run_until_complete(self._send(text))
        return self.reply

    def presses(self, title: str) -> Reply:
        return self.says(self.reply.buttons[title])

    def slots(self) -> dict[str, Any]:
        tracker = self.loop.run_until_complete(self.agent.tracker_store.retrieve(self.sender_id))
        return dict(tracker.current_slot_values())

    async def _send(self, text: str) -> Reply:
        collector = CollectingOutputChannel()
        admitted = admit(self.sender_id, text)
        await self.agent.handle_message(UserMessage(admitted, collector, self.sender_id))
        tracker = await self.agent.tracker_store.retrieve(self.sender_id)
        names: list[str] = []
        for event in reversed(tracker.events):
            if isinstance(event, UserUttered):
                break
            if isinstance(event, BotUttered):
                names.insert(0, str(event.metadata.get("utter_action", "")))
        buttons = {
            button["title"]: button["payload"]
            for message in collector.messages
            for button in message.get("buttons", [])
        }
        return Reply([m.get("text", "") for m in collector.messages], names, buttons)
