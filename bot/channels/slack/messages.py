"""A message in Slack as the rest of the channel sees it, and which ones are messages to us."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bot.channels.slack.mrkdwn import to_plain

SPOKEN = ("", "file_share", "thread_broadcast", "me_message")  # subtypes in which a person speaks
SLACKBOT = "USLACKBOT"
DIRECT = "im"
LONGEST_TS = 32
Json = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """What a person wrote. `ts` is its number in the channel; `thread_ts` is "" outside threads."""

    channel: str
    user: str
    ts: str
    thread_ts: str
    text: str = field(repr=False)  # as typed: mrkdwn undone, our own mention removed
    is_direct: bool
    is_to_us: bool  # our name is in it, or nobody else reads along
    parent_user: str = ""  # who wrote the message that the thread hangs on
    own_id: str = ""  # our user id
    has_files: bool = False

    @property
    def key(self) -> str:
        """Names the message: Slack sends a mention twice, as a message and as a mention."""
        return f"{self.channel}:{self.ts}"

    @property
    def reply_thread(self) -> str:
        """The thread that an answer goes to; "" for the top level of a direct message."""
        return self.thread_ts or ("" if self.is_direct else self.ts)

    @property
    def conversation_id(self) -> str:
        """One conversation per thread; the top level of a direct message is one."""
        return conversation_of(self.channel, self.reply_thread)

    def as_json(self) -> Json:
        return asdict(self)


def conversation_of(channel: str, thread_ts: str) -> str:
    """The id of the conversation in this thread, or at the top level of a direct message."""
    return f"slack:{channel}:{thread_ts}" if thread_ts else f"slack:{channel}"


def place_of(conversation_id: str) -> tuple[str, str]:
    """(channel, thread_ts) of a conversation in Slack."""
    _, channel, *thread = conversation_id.split(":")
    return channel, thread[0] if thread else ""


def place_of_press(payload: Json) -> tuple[str, str]:
    """(channel, thread_ts) of the message whose button was pressed.

    A message that a thread hangs on is not in that thread itself.
    """
    message = payload.get("message") or {}
    thread_ts = str(message.get("thread_ts") or "")
    return str(payload["channel"]["id"]), "" if thread_ts == message.get("ts") else thread_ts


def message_of(envelope: Json) -> Message | None:
    """The message in an event; None for edits, deletions, bots, ourselves and empty ones."""
    event = envelope["event"]
    own_id = _own_id(envelope)
    if event.get("type") not in ("message", "app_mention") or not _is_spoken(event, own_id):
        return None
    text = to_plain(event["text"], own_id)
    is_direct = event.get("channel_type") == DIRECT
    thread_ts = event.get("thread_ts") or ""
    return Message(
        channel=str(event["channel"]),
        user=str(event["user"]),
        ts=str(event["ts"])[:LONGEST_TS],
        thread_ts="" if thread_ts == event["ts"] else str(thread_ts)[:LONGEST_TS],
        text=text,
        is_direct=is_direct,
        is_to_us=is_direct or event["type"] == "app_mention" or _mentions(event["text"], own_id),
        parent_user=str(event.get("parent_user_id") or ""),
        own_id=own_id,
        has_files=bool(event.get("files")),
    )


def _own_id(envelope: Json) -> str:
    """Our user id: the event was sent to us because of what this user may see."""
    granted = [g for g in envelope.get("authorizations") or [] if g.get("is_bot", True)]
    return str(granted[0].get("user_id") or "") if granted else ""


def _is_spoken(event: Json, own_id: str) -> bool:
    is_person = not event.get("bot_id") and event.get("user") not in (None, "", own_id, SLACKBOT)
    is_said = (event.get("subtype") or "") in SPOKEN and not event.get("hidden")
    has_text = isinstance(event.get("text"), str) and bool(
        event["text"].strip() or event.get("files")
    )
    is_whole = isinstance(event.get("channel"), str) and isinstance(event.get("ts"), str)
    return is_person and is_said and has_text and is_whole and "edited" not in event


def _mentions(text: str, own_id: str) -> bool:
    return bool(own_id) and f"<@{own_id}" in text
