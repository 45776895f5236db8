"""Whose work is it? Each row of the inbox goes to the visitors' side or to the colleagues'."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.channels.slack import contact_modal
from bot.channels.slack.blocks import SAY
from bot.channels.slack.colleagues import NOT_A_CARD, Colleagues
from bot.channels.slack.commands import read_command
from bot.channels.slack.conversations import Conversations
from bot.channels.slack.inbox import Job, TooEarlyError
from bot.channels.slack.messages import Message
from bot.channels.slack.mrkdwn import to_plain
from bot.channels.slack.places import Place
from bot.channels.slack.requests import COMMAND, EVENT

DIRECT_MESSAGE = "directmessage"  # the channel_name of a slash command typed there
EARLY_ATTEMPTS = 5  # half a minute: so long a killed process may keep a card's place to itself
GAVE_UP = "That did not work, and nothing was changed. Please try again."
Json = dict[str, Any]


class Router:
    """The worker's handler."""

    def __init__(
        self,
        conversations: Conversations,
        colleagues: Colleagues,
        sales_channel: str,
    ) -> None:
        self._conversations, self._colleagues = conversations, colleagues
        self._sales_channel = sales_channel

    async def handle(self, job: Job) -> None:
        """Called by the worker."""
        if job.kind == EVENT:
            await self._message(job, Message(**job.payload))
        elif job.kind == COMMAND:
            await self._slash(job)
        else:
            await self._interaction(job)

    async def give_up(self, job: Job) -> None:
        """The work failed again and again; whoever waits is told."""
        error = f"given up after {job.attempts} attempts"
        place, key = _place_of(job), job.event_key
        if job.kind == EVENT and not await self._is_for_colleagues(Message(**job.payload)):
            await self._conversations.apologise(job, place, error)
        else:
            await asyncio.to_thread(self._colleagues.refuse, job, place, key, GAVE_UP)

    async def _is_for_colleagues(self, message: Message) -> bool:
        lead_id, member = await asyncio.to_thread(self._colleagues.look_up, message)
        return lead_id is not None or (member is not None and bool(read_command(message.text)))

    async def _message(self, job: Job, message: Message) -> None:
        lead_id, member = await asyncio.to_thread(self._colleagues.look_up, message)
        place = Place(
            message.channel,
            message.reply_thread,
            message.user,
            is_shared=not message.is_direct and message.channel != self._sales_channel,
        )
        if lead_id is not None:
            await asyncio.to_thread(self._colleagues.in_thread, job, member, message, lead_id)
        elif self._hangs_on_our_own(message):
            await self._wait_for_card(job)
            await asyncio.to_thread(self._colleagues.refuse, job, place, message.key, NOT_A_CARD)
        elif member and (command := read_command(message.text)):
            await asyncio.to_thread(
                self._colleagues.command, job, member, command, place, message.key
            )
        else:
            await self._conversations.say(job, message)

    async def _wait_for_card(self, job: Job) -> None:
        """Raises TooEarlyError while it may be a card that was posted this moment."""
        is_early = job.attempts <= EARLY_ATTEMPTS
        if is_early and await asyncio.to_thread(self._colleagues.awaits_cards):
            raise TooEarlyError("A card's place is not known yet.")

    def _hangs_on_our_own(self, message: Message) -> bool:
        """In the sales channel, below something we posted that is no card (any more)."""
        is_ours = bool(message.own_id) and message.parent_user == message.own_id
        return message.channel == self._sales_channel and is_ours

    async def _slash(self, job: Job) -> None:
        fields = job.payload
        user, channel = str(fields["user_id"]), str(fields["channel_id"])
        url, text = str(fields.get("response_url") or ""), to_plain(str(fields.get("text") or ""))
        member = await asyncio.to_thread(self._colleagues.member, user)
        command = read_command(text or "help") if member else None
        if member and command:
            place = Place(channel, "", user, response_url=url)
            await asyncio.to_thread(
                self._colleagues.command, job, member, command, place, job.event_key
            )
        else:
            await self._conversations.say_by_command(job, user, channel, text or "help", url)

    async def _interaction(self, job: Job) -> None:
        payload = job.payload
        action = str((payload.get("actions") or [{}])[0].get("action_id") or "")
        if contact_modal.is_ours(payload):
            await self._conversations.submit_form(job, payload)
        elif action.startswith(SAY):
            await self._conversations.press(job, payload)
        else:  # a card's button, a lead's form; a button that opened a form needs nothing more
            await asyncio.to_thread(self._colleagues.interaction, job, payload)


def _place_of(job: Job) -> Place:
    """Where the person waits for an answer."""
    payload = job.payload
    if job.kind == EVENT:
        message = Message(**payload)
        return Place(message.channel, message.reply_thread, message.user)
    if job.kind == COMMAND:
        url = str(payload.get("response_url") or "")
        return Place(str(payload["channel_id"]), "", str(payload["user_id"]), response_url=url)
    user = str((payload.get("user") or {}).get("id") or "")
    channel = str((payload.get("channel") or {}).get("id") or user)
    return Place(channel, "", user)
