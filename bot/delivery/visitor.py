"""Brings a colleague's words to the visitor: kept in the conversation, then shown where it is read.

A row is carried out once: what it said stands in the record under the row's key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rasa.core.actions.action import create_bot_utterance
from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import BotUttered, ConversationPaused, ConversationResumed, Event
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine

from bot.channels.website.broadcaster import Broadcaster
from bot.channels.website.tokens import CONVERSATION
from bot.delivery.worker import SendError
from bot.record import BotMessage, Record
from bot.turns import in_turn
from sales.database import transaction
from sales.office import Routes
from sales.outbox.store import Delivery, Notification, enqueue
from sales.takeover.store import ERASED, RESTARTED, TIMEOUT, current, tell_absence

Json = dict[str, Any]
JOINED, SAID, LEFT = "joined", "said", "left"
SLACK = "slack:"  # begins the id of a conversation held in Slack: slack:<channel>[:<thread>]
MODEL_WAIT_S = 1.0


class VisitorSender:
    """Delivers the outbox's channel "visitor" to the website's tabs and to Slack conversations."""

    def __init__(
        self,
        engine: Engine,
        agent: Callable[[], Agent | None],
        broadcaster: Broadcaster | None,
        routes: Routes,
    ) -> None:
        self._engine, self._agent = engine, agent
        self._broadcaster, self._routes = broadcaster, routes
        self._record = Record(engine)

    async def send(self, delivery: Delivery) -> Json | None:
        """{"present": whether the visitor has the chat open, or null} for the website.

        None for other conversations, and for one that was erased meanwhile. Raises SendError.
        """
        if delivery.kind not in (JOINED, SAID, LEFT):
            raise SendError(f"A visitor is not sent {delivery.kind!r}.", is_permanent=True)
        messages = await self._kept(delivery)
        if delivery.conversation_id.startswith(SLACK):
            self._pass_to_slack(delivery, messages)
            return None
        return await self._show(delivery, messages)

    async def _kept(self, delivery: Delivery) -> list[BotMessage]:
        """What the record has for this row, which is written now unless it was before."""
        agent = self._agent()
        if agent is None or agent.processor is None:
            raise SendError("The assistant's model is not loaded yet.", MODEL_WAIT_S)
        processor = agent.processor

        async def keep() -> list[BotMessage]:
            known = self._relayed(delivery)
            if not known:
                await _write(processor, delivery)
            return known or self._relayed(delivery)

        return await in_turn(agent, delivery.conversation_id, keep)

    def _relayed(self, delivery: Delivery) -> list[BotMessage]:
        return self._record.read(delivery.conversation_id).relayed(delivery.key)

    async def _show(self, delivery: Delivery, messages: list[BotMessage]) -> Json | None:
        """Tabs that have a message already recognise it by its number."""
        if self._broadcaster is None:
            return None
        events: list[tuple[str, Any]] = [("bot_uttered", m.as_json()) for m in messages]
        if delivery.kind in (JOINED, LEFT):
            events.append(("agent_changed", {"agent": self._colleague(delivery.conversation_id)}))
        is_present = await self._broadcaster.is_present(delivery.conversation_id)
        await self._broadcaster.announce(delivery.conversation_id, events)
        if not CONVERSATION.fullmatch(delivery.conversation_id):
            return None
        if delivery.kind == SAID and messages and is_present is False:
            with transaction(self._engine) as session:
                takeover_id = int(delivery.payload["takeover"])
                tell_absence(session, takeover_id, datetime.now(UTC), self._routes)
        return {"present": is_present}

    def _colleague(self, conversation_id: str) -> str | None:
        with transaction(self._engine) as session:
            takeover = current(session, conversation_id)
        return takeover.author if takeover else None

    def _pass_to_slack(self, delivery: Delivery, messages: list[BotMessage]) -> None:
        if not messages:
            return
        channel, _, thread = delivery.conversation_id.removeprefix(SLACK).partition(":")
        reply = Notification(
            channel="slack",
            kind="reply",
            key=f"slack:{delivery.key}",
            stream=f"slack:{channel}:{thread}",
            payload={
                "channel": channel,
                "thread_ts": thread or None,
                "messages": [_for_slack(message) for message in messages],
            },
            lead_id=delivery.lead_id,
            conversation_id=delivery.conversation_id,
        )
        with transaction(self._engine) as session:
            enqueue(session, [reply], datetime.now(UTC))


def _for_slack(message: BotMessage) -> Json:
    return {
        "text": message.text,
        "buttons": [{"title": title, "payload": payload} for title, payload in message.buttons],
        "custom": message.custom,
        "author": message.author,
    }


async def _write(processor: MessageProcessor, delivery: Delivery) -> None:
    """Nothing is written into a conversation that was erased: that would bring it back."""
    tracker = await processor.tracker_store.retrieve(delivery.conversation_id)
    if tracker is None or delivery.payload.get("why") == ERASED:
        return
    events = await _events(processor, tracker, delivery)
    for event in events:
        if isinstance(event, BotUttered):
            event.metadata["outbox"] = delivery.key
    tracker.update_with_events(events, processor.domain)
    await processor.tracker_store.save(tracker)


async def _events(
    processor: MessageProcessor, tracker: DialogueStateTracker, delivery: Delivery
) -> list[Event]:
    author = delivery.payload["author"]
    if delivery.kind == SAID:
        return [BotUttered(delivery.payload["text"], metadata={"author": author})]
    if delivery.kind == JOINED:
        line = await _response(processor, tracker, "say_colleague_joined", author=author)
        return [ConversationPaused(), *_as_notices(line)]
    why = delivery.payload["why"]
    name = "say_colleague_silent" if why == TIMEOUT else "say_colleague_left"
    line = await _response(processor, tracker, name, author=author)
    question = [] if why == RESTARTED else await _open_question(processor, tracker)
    return [ConversationResumed(), *_as_notices(line), *question]


async def _open_question(
    processor: MessageProcessor, tracker: DialogueStateTracker
) -> list[BotUttered]:
    """The question that a form was asking when the colleague came, with its buttons; [] if none."""
    slot = tracker.get_slot(REQUESTED_SLOT)
    if not tracker.active_loop_name or not slot:
        return []
    return await _response(processor, tracker, f"say_ask_{tracker.active_loop_name}_{slot}")


async def _response(
    processor: MessageProcessor, tracker: DialogueStateTracker, name: str, **facts: str
) -> list[BotUttered]:
    """The response of actions/responses.yml as an event; [] when there is none of this name."""
    channel = tracker.get_latest_input_channel() or ""
    message = await processor.nlg.generate(name, tracker, channel, **facts)
    return [create_bot_utterance({**message, "utter_action": name})] if message else []


def _as_notices(lines: list[BotUttered]) -> list[BotUttered]:
    """Lines about who came or went, which nobody says."""
    for line in lines:
        line.metadata["notice"] = True
    return lines
