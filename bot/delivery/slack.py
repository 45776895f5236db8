"""Brings leads, talks with visitors and answers to Slack, each message once.

A lead has one message in the sales channel, its card, which always shows the lead as it is now;
everything else about the lead is in that message's thread. See docs/slack.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.channels.slack.blocks import SlackText, reply_message
from bot.channels.slack.lead_card import (
    LeadCard,
    card_message,
    merged_message,
    said_messages,
    transcript_messages,
    visitors,
)
from bot.delivery.slack_cards import (
    Known,
    Place,
    forget_place,
    keep_place,
    keep_told_lines,
    known_lead,
    slack_users,
)
from bot.delivery.slack_pictures import share_pictures
from bot.delivery.slack_posts import Posts, ThreadGoneError
from bot.delivery.worker import SendError
from sales.database import transaction
from sales.office import Office
from sales.outbox.store import Delivery
from sales.settings.selling import SlackSettings

CLOCK_SKEW_S = 120  # between this machine and Slack, when a card is looked for
SKIPPED_LEAD = {"skipped": "the lead was erased"}
SKIPPED_THREAD = {"skipped": "the thread was deleted"}
Json = dict[str, Any]
Result = TypeVar("Result")


class SlackSender:
    """Delivers the outbox's channel "slack"."""

    def __init__(
        self,
        engine: Engine,
        client: AsyncWebClient,
        settings: SlackSettings,
        office: Office,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """The client must not repeat calls by itself; slack_posts.slack_client makes one."""
        self._engine, self._posts, self._office = engine, Posts(client), office
        self._channel, self._clock = settings.sales_channel, clock
        self._kinds: dict[str, Callable[[Delivery], Awaitable[Json]]] = {
            "lead_card": self._lead_card,
            "thread": self._thread,
            "visitor_said": self._visitor_said,
            "colleague_said": self._colleague_said,
            "reply": self._reply,
            "ephemeral": self._ephemeral,
            "erase": self._erase,
        }

    async def send(self, delivery: Delivery) -> Json:
        """Where the message is: {"channel", "ts"}; or why there is none: {"skipped"}."""
        if delivery.kind not in self._kinds:
            raise SendError(f"Slack is not sent {delivery.kind!r}.", is_permanent=True)
        return await self._kinds[delivery.kind](delivery)

    # -- Leads

    async def _lead_card(self, delivery: Delivery) -> Json:
        known = await self._known(delivery)
        place = await self._shown(delivery, known)
        return SKIPPED_LEAD if place is None else {"channel": place.channel, "ts": place.ts}

    async def _thread(self, delivery: Delivery) -> Json:
        roles = [str(role) for role in delivery.payload.get("mention_roles") or []]
        users = await self._ask(lambda session: slack_users(session, roles)) if roles else []
        mentions = "".join(f"<@{user}> " for user in users)
        return await self._in_thread(
            delivery, said_messages("", delivery.payload["text"], mentions)
        )

    async def _visitor_said(self, delivery: Delivery) -> Json:
        return await self._in_thread(delivery, said_messages("Visitor", delivery.payload["text"]))

    async def _colleague_said(self, delivery: Delivery) -> Json:
        payload = delivery.payload
        who = f"{payload['author']} to the visitor"
        return await self._in_thread(delivery, said_messages(who, payload["text"]))

    async def _in_thread(self, delivery: Delivery, messages: Iterable[SlackText]) -> Json:
        """The messages in the lead's thread. A lead without a card gets one first."""
        known = await self._known(delivery)
        place = known.place if known.card else None
        place = place or await self._shown(delivery, known)
        if place is None:
            return SKIPPED_LEAD
        told = list(messages)
        try:
            return await self._post_all(delivery, place, told)
        except ThreadGoneError:
            if known.is_merged:
                return SKIPPED_THREAD
            await self._ask(lambda session: forget_place(session, place.lead_id))
            again = await self._shown(delivery, await self._known(delivery))
        return await self._post_all(delivery, again, told) if again else SKIPPED_LEAD

    async def _post_all(self, delivery: Delivery, place: Place, told: list[SlackText]) -> Json:
        receipt: Json = {"channel": place.channel}
        for number, message in enumerate(told):
            key = f"{delivery.key}:{number}" if number else delivery.key
            receipt["ts"] = await self._posts.post(
                key, place.channel, message, place.ts, may_be_there=_may_be_there(delivery)
            )
        return receipt

    async def _shown(self, delivery: Delivery, known: Known) -> Place | None:
        """The card, showing the lead as it is; None when there is none and shall be none."""
        card, place = known.card, known.place
        if card is None or (known.is_merged and place is None):
            return None
        lead_id = delivery.lead_id or card.lead.id
        key, message = f"lead:{lead_id}:card", self._drawn(lead_id, known, card)
        if place and await self._posts.update(key, place.channel, place.ts, message):
            return place if known.is_merged else await self._with_transcript(delivery, card, place)
        if known.is_merged:
            return place  # somebody deleted it, and nobody needs it any more
        placed = await self._posted(delivery, known, card, key, message)
        return placed and await self._with_transcript(delivery, card, placed)

    async def _posted(
        self, delivery: Delivery, known: Known, card: LeadCard, key: str, message: SlackText
    ) -> Place | None:
        """A card that was not there; None when the lead was erased meanwhile."""
        is_surely_new = known.is_first and known.place is None and not _may_be_there(delivery)
        since = card.lead.created_at.timestamp() - CLOCK_SKEW_S
        ts = await self._posts.post(
            key, self._channel, message, may_be_there=not is_surely_new, since=since
        )
        placed = Place(card.lead.id, self._channel, ts)
        if await self._ask(lambda session: keep_place(session, placed)):
            return placed
        await self._posts.delete(placed.channel, placed.ts)
        return None

    def _drawn(self, lead_id: int, known: Known, card: LeadCard) -> SlackText:
        if known.is_merged:
            return merged_message(f"L-{lead_id:06d}", card.lead)
        return card_message(card, self._clock())

    async def _with_transcript(self, delivery: Delivery, card: LeadCard, place: Place) -> Place:
        """What the thread does not have of the conversation yet goes there."""
        start = place.told_lines
        for told, message in transcript_messages(card.lead.transcript, place.told_lines):
            key = f"lead:{place.lead_id}:lines:{start}"
            try:
                await self._posts.post(
                    key, place.channel, message, place.ts, may_be_there=_may_be_there(delivery)
                )
            except ThreadGoneError:
                return place  # deleted this very moment; the next news posts it anew
            start = told
            await self._ask(_keeping(place.lead_id, told))
        return place

    # -- Conversations

    async def _reply(self, delivery: Delivery) -> Json:
        payload = delivery.payload
        channel, thread_ts = str(payload["channel"]), str(payload.get("thread_ts") or "")
        message = reply_message(payload["messages"], str(payload.get("chosen") or ""))
        may_be_there = _may_be_there(delivery)
        try:
            ts = await self._posts.post(
                delivery.key, channel, message, thread_ts, may_be_there=may_be_there
            )
        except ThreadGoneError:
            return SKIPPED_THREAD
        pictures = await share_pictures(
            self._posts, delivery.key, channel, thread_ts, payload["messages"],
            may_be_there=may_be_there,
        )  # fmt: skip
        return {"channel": channel, "ts": ts, **({"pictures": pictures} if pictures else {})}

    async def _ephemeral(self, delivery: Delivery) -> Json:
        """Slack keeps no such message, so one whose answer got lost is shown again."""
        payload = delivery.payload
        blocks = list(payload.get("blocks") or [])
        text = str(payload["text"]) if blocks else visitors(str(payload["text"]))
        await self._posts.whisper(
            str(payload["channel"]),
            str(payload["user"]),
            SlackText(text, blocks),
            str(payload.get("thread_ts") or ""),
            str(payload.get("response_url") or ""),
        )
        return {"channel": payload["channel"]}

    async def _erase(self, delivery: Delivery) -> Json:
        """Deletes our messages; those of colleagues stay, and are counted for the owner."""
        channel, ts = str(delivery.payload["channel"]), str(delivery.payload["ts"])
        if delivery.payload.get("alone"):
            return {"channel": channel, "deleted": int(await self._posts.delete(channel, ts))}
        messages = await self._posts.thread(channel, ts)
        deleted = 0
        for message in reversed(messages):  # the card last: without it the thread is not found
            if message.get("bot_id") and message.get("subtype") != "tombstone":
                deleted += await self._posts.delete(channel, message["ts"])
        people = [m for m in messages if not m.get("bot_id") and m.get("subtype") != "tombstone"]
        return {"channel": channel, "deleted": deleted, "left": len(people)}

    # -- The database

    async def _known(self, delivery: Delivery) -> Known:
        lead_id = delivery.lead_id
        if lead_id is None:
            raise SendError(f"A {delivery.kind} needs a lead.", is_permanent=True)
        return await self._ask(
            lambda session: known_lead(session, lead_id, delivery.id, self._office)
        )

    async def _ask(self, question: Callable[[Session], Result]) -> Result:
        """In a thread of its own, so that the event loop goes on."""

        def work() -> Result:
            with transaction(self._engine) as session:
                return question(session)

        return await asyncio.to_thread(work)


def _keeping(lead_id: int, lines: int) -> Callable[[Session], None]:
    return lambda session: keep_told_lines(session, lead_id, lines)


def _may_be_there(delivery: Delivery) -> bool:
    return delivery.was_interrupted or delivery.attempts > 1
