"""One message, run once: a repeat is answered from the record, a failure may be sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.channels.admission import admitted
from bot.channels.website.record import BotMessage, Record, VisitorMessage

CHANNEL = "website"


class TurnFailedError(RuntimeError):
    """The assistant did not answer; nothing stands in the way of trying again."""


@dataclass(frozen=True)
class Turn:
    """A message to run. `parsed` takes the place of NLU for what a form carries."""

    conversation_id: str
    message_id: str
    text: str = field(repr=False)
    parsed: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """What the record now holds of a turn."""

    message: VisitorMessage
    replies: list[BotMessage]
    is_repeat: bool


class SilentOutput(OutputChannel):
    """Sends nothing: replies leave once they are saved, and are read from the record."""

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Called by Rasa for each message."""


class Turns:
    """Runs turns, one at a time in each conversation."""

    def __init__(self, record: Record, agent: Callable[[], Agent | None]) -> None:
        self._record, self._agent = record, agent
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, turn: Turn) -> Answer:
        """The saved answer. Raises TooLongError, TurnFailedError, or what made the turn fail.

        Two locks: ours wakes the next message at once, the assistant's own (where Rasa polls once
        a second) holds between processes when it is kept in Redis.
        """
        agent = self._agent()
        if agent is None or agent.processor is None:
            raise TurnFailedError("No model is loaded.")
        lock = self._locks.setdefault(turn.conversation_id, asyncio.Lock())
        async with lock, agent.lock_store.lock(turn.conversation_id):
            return self._recorded(turn, is_repeat=True) or await self._run(agent, turn)

    async def _run(self, agent: Agent, turn: Turn) -> Answer:
        issued = self._record.read(turn.conversation_id).issued
        message = UserMessage(
            turn.text if turn.parsed else admitted(turn.text, lambda: issued),
            SilentOutput(),
            turn.conversation_id,
            parse_data=turn.parsed,
            input_channel=CHANNEL,
            message_id=turn.message_id,
        )
        await agent.processor.handle_message(message)
        answer = self._recorded(turn, is_repeat=False)
        if answer is None:  # Rasa swallows what goes wrong in a response
            raise TurnFailedError("The turn left no answer in the record.")
        return answer

    def _recorded(self, turn: Turn, is_repeat: bool) -> Answer | None:
        conversation = self._record.read(turn.conversation_id)
        message = conversation.message(turn.message_id)
        replies = conversation.answer_to(turn.message_id)
        return Answer(message, replies, is_repeat) if message and replies else None
