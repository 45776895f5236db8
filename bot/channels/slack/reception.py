"""Takes in what Slack sends: keeps what is for us, once, and lets the rest pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine

from bot.channels.slack import contact_modal, inbox, interactions
from bot.channels.slack.blocks import SAY
from bot.channels.slack.colleagues import is_card_thread
from bot.channels.slack.inbox import Received
from bot.channels.slack.messages import Message, conversation_of, message_of, place_of_press
from bot.channels.slack.requests import COMMAND, EVENT, INTERACTION, Incoming
from sales.database import transaction

WORKED_ON = ("block_actions", "view_submission")
MENTION = "<@"
Json = dict[str, Any]


class Reception:
    """Decides what is for us. It blocks: call it in a thread."""

    def __init__(self, engine: Engine, knows: Callable[[str], bool], sales_channel: str) -> None:
        """`knows` says whether something was said in a conversation."""
        self._engine, self._knows, self._sales_channel = engine, knows, sales_channel

    def take(self, incoming: Incoming, now: datetime) -> bool:
        """Keep it for a worker; False for what is known already and what is not for us."""
        received = received_of(incoming)
        if received is None or not self._is_wanted(received):
            return False
        with transaction(self._engine) as session:
            return inbox.keep(session, received, now)

    def _is_wanted(self, received: Received) -> bool:
        """A message in a channel is for us when it mentions us or goes on in a thread of ours."""
        if received.kind != EVENT:
            return True
        message = Message(**received.payload)
        if message.is_to_us or not message.thread_ts:
            return message.is_to_us
        return self._is_of_a_lead(message) or self._goes_on(message)

    def _is_of_a_lead(self, message: Message) -> bool:
        if message.channel != self._sales_channel:
            return False
        if message.own_id and message.parent_user == message.own_id:
            return True
        with transaction(self._engine) as session:
            return is_card_thread(session, message.channel, message.thread_ts)

    def _goes_on(self, message: Message) -> bool:
        """Whoever began a thread with us need not mention us in it again."""
        began_it = message.parent_user == message.user
        is_to_others = message.text.startswith(MENTION)
        return began_it and not is_to_others and self._knows(message.conversation_id)


def received_of(incoming: Incoming) -> Received | None:
    """What is to be worked on; None for what nobody waits for."""
    if incoming.kind == EVENT:
        return _event(incoming)
    if incoming.kind == INTERACTION and incoming.payload.get("type") in WORKED_ON:
        return _interaction(incoming)
    if incoming.kind == COMMAND:
        fields = incoming.payload
        trigger, user, _place = fields.get("trigger_id"), fields["user_id"], fields["channel_id"]
        key = f"command:{trigger or incoming.digest}"
        return Received(COMMAND, key, None, f"command:{user}", incoming.payload)
    return None


def form_problems(payload: Json) -> Json | None:
    """The answer to a modal that is not filled in well, which then stays open; None: it is."""
    if contact_modal.is_ours(payload):
        wrong = contact_modal.problems(payload)
        return {"response_action": "errors", "errors": wrong} if wrong else None
    return interactions.modal_errors(payload)


def form_to_open(payload: Json) -> Json | None:
    """The modal behind the button that was pressed, if there is one."""
    return contact_modal.opened_by(payload) or interactions.opens_modal(payload)


def _event(incoming: Incoming) -> Received | None:
    message = message_of(incoming.payload)
    if message is None:
        return None
    key = f"event:{incoming.payload.get('event_id') or incoming.digest}"
    return Received(EVENT, key, message.key, message.conversation_id, message.as_json())


def _interaction(incoming: Incoming) -> Received:
    payload = incoming.payload
    _ = payload["user"]["id"]  # without it nobody could answer: refused, not tried again and again
    key = f"press:{payload.get('trigger_id') or incoming.digest}"
    return Received(INTERACTION, key, None, _stream_of(payload), payload)


def _stream_of(payload: Json) -> str:
    """What a visitor presses stays in the order of the conversation; colleagues have their own."""
    if contact_modal.is_ours(payload):
        return contact_modal.conversation_of_view(payload)
    actions = payload.get("actions") or [{}]
    if str(actions[0].get("action_id") or "").startswith(SAY):
        return conversation_of(*place_of_press(payload))
    return f"press:{payload['user']['id']}"
