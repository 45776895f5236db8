"""Where an answer goes in Slack, and as which row of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.slack.blocks import reply_message
from bot.channels.slack.messages import conversation_of
from sales.outbox.store import Notification

Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A thread, or the top level of a direct message (`thread_ts` is ""), and who asked there."""

    channel: str
    thread_ts: str
    user: str
    is_shared: bool = False  # people outside the team read along
    response_url: str = field(default="", repr=False)  # of a slash command

    @property
    def stream(self) -> str:
        return f"slack:{self.channel}:{self.thread_ts}"


def reply(
    place: Place, key: str, messages: Sequence[Json], chosen: str = "", is_visitors: bool = False
) -> Notification:
    """One message that everybody there reads. `chosen` is the title of the button pressed.

    A visitor's is part of their conversation, and is erased with it.
    """
    payload = {
        "channel": place.channel,
        "thread_ts": place.thread_ts,
        "messages": list(messages),
        **({"chosen": chosen} if chosen else {}),
    }
    conversation_id = conversation_of(place.channel, place.thread_ts) if is_visitors else ""
    return Notification(
        "slack", "reply", f"slack:reply:{key}", place.stream, payload,
        conversation_id=conversation_id,
    )  # fmt: skip


def whisper(place: Place, key: str, messages: Sequence[Json]) -> Notification:
    """What only the person who asked reads."""
    drawn = reply_message(messages)
    payload = {
        "channel": place.channel,
        "user": place.user,
        "thread_ts": place.thread_ts,
        "text": drawn.text,
        "blocks": drawn.blocks,
        "response_url": place.response_url,
    }
    return Notification("slack", "ephemeral", f"slack:whisper:{key}", place.stream, payload)


def answer(place: Place, key: str, messages: Sequence[Json]) -> Notification:
    """The answer to a colleague: names and contacts stay between them and us where others read."""
    if place.is_shared or place.response_url:
        return whisper(place, key, messages)
    return reply(place, key, messages)
