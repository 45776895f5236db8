"""Visitors in Slack: their messages and buttons become turns of the assistant, one answer each.

The turn is saved before the answer is queued, and both know the message's key: whatever is run
again finds what it did before.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine

from bot.channels.admission import TooLongError, plain_response
from bot.channels.slack import contact_modal, inbox
from bot.channels.slack.blocks import payload_of
from bot.channels.slack.inbox import Job
from bot.channels.slack.messages import Message, conversation_of, place_of, place_of_press
from bot.channels.slack.places import Place, reply, whisper
from bot.record import BotMessage, Record
from bot.turns import Turn, Turns
from sales.database import transaction
from sales.outbox.store import Notification, enqueue

MENTION = re.compile(r"<(@[A-Z0-9]+)>")
STALE_BUTTON = "That button belongs to a conversation that is over; please write what you need."
ANSWERED_DIRECTLY = "I have answered you in a direct message."
Json = dict[str, Any]


class Conversations:
    """Runs the turns of visitors, and queues what the record then holds."""

    def __init__(
        self, engine: Engine, record: Record, turns: Turns, client: AsyncWebClient
    ) -> None:
        self._engine, self._record, self._turns, self._client = engine, record, turns, client

    def knows(self, conversation_id: str) -> bool:
        """Whether something was said in it."""
        return bool(self._record.read(conversation_id).messages)

    async def say(self, job: Job, message: Message) -> None:
        """A visitor wrote something."""
        place = Place(message.channel, message.reply_thread, message.user)
        text = MENTION.sub(r"\1", message.text)
        await self._turn(job, place, Turn(message.conversation_id, message.key, text))

    async def say_by_command(self, job: Job, user: str, channel: str, text: str, url: str) -> None:
        """A visitor used the slash command; the answer comes as a direct message."""
        opened = await self._client.conversations_open(users=user)
        direct = str(opened["channel"]["id"])
        place = Place(direct, "", user)
        hint = [{"text": ANSWERED_DIRECTLY}]
        asked_at = Place(channel, "", user, response_url=url)
        more = [] if direct == channel else [whisper(asked_at, f"{job.event_key}:hint", hint)]
        turn = Turn(conversation_of(direct, ""), job.event_key, text)
        await self._turn(job, place, turn, more=more)

    async def press(self, job: Job, payload: Json) -> None:
        """Somebody pressed a button that the assistant showed."""
        place = Place(*place_of_press(payload), str(payload["user"]["id"]))
        conversation_id = conversation_of(place.channel, place.thread_ts)
        issued = self._record.read(conversation_id).issued
        pressed = payload_of(str(payload["actions"][0].get("value") or ""), issued)
        if pressed is None:
            stale = whisper(place, job.event_key, [{"text": STALE_BUTTON}])
            await asyncio.to_thread(self._keep, job, [stale])
            return
        turn = Turn(conversation_id, job.event_key, pressed)
        await self._turn(job, place, turn, chosen=issued[pressed])

    async def submit_form(self, job: Job, payload: Json) -> None:
        """Somebody sent the contact form, which was checked when it came."""
        conversation_id = contact_modal.conversation_of_view(payload)
        channel, thread_ts = place_of(conversation_id)
        place = Place(channel, thread_ts, str(payload["user"]["id"]))
        shown, parsed = contact_modal.parsed(payload)
        await self._turn(job, place, Turn(conversation_id, job.event_key, shown, parsed), shown)

    async def apologise(self, job: Job, place: Place, error: str) -> None:
        """The assistant cannot answer; the visitor is told how to reach a person."""
        sorry = reply(place, job.event_key, [{"text": plain_response("say_apology")}])
        await asyncio.to_thread(self._keep, job, [sorry], error)

    async def _turn(
        self,
        job: Job,
        place: Place,
        turn: Turn,
        chosen: str = "",
        more: Sequence[Notification] = (),
    ) -> None:
        try:
            said = (await self._turns.run(turn)).replies
            messages = [_as_json(message) for message in said if message.outbox_key is None]
        except TooLongError:
            messages = [{"text": plain_response("say_too_long")}]
        told = [*more]
        if messages or chosen:  # nothing while a colleague has the conversation
            told.append(reply(place, turn.message_id, messages, chosen, is_visitors=True))
        await asyncio.to_thread(self._keep, job, told)

    def _keep(self, job: Job, told: Sequence[Notification], error: str = "") -> None:
        now = datetime.now(UTC)
        with transaction(self._engine) as session:
            inbox.finish(session, job, now, error)
            enqueue(session, told, now)


def _as_json(message: BotMessage) -> Json:
    found: Json = {"text": message.text}
    if message.buttons:
        found["buttons"] = [{"title": title, "payload": p} for title, p in message.buttons]
    if message.custom is not None:
        found["custom"] = message.custom
    if message.author is not None:
        found["author"] = message.author
    return found
