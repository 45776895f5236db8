"""What comes in from Slack, from the request to the rows that answer it, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from rasa.core.agent import Agent
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine

from bot.channels.slack.colleagues import Colleagues
from bot.channels.slack.conversations import Conversations
from bot.channels.slack.reception import Reception
from bot.channels.slack.requests import COMMAND, EVENT, INTERACTION, Incoming
from bot.channels.slack.routing import Router
from bot.channels.slack.work import Worker
from bot.record import Record
from bot.turns import Turns
from sales.outbox.tables import outbox
from tests.integration.slack.house import OFFICE, SALES
from tests.slack_workspace import BOT_USER, Json

_numbers = count(1)


@dataclass
class Inbound:
    """The channel's inside. `client` is for what it asks of Slack while it works."""

    engine: Engine
    client: AsyncWebClient = field(default_factory=lambda: AsyncWebClient("xoxb-test"))
    agent: Callable[[], Agent | None] = lambda: None
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        record = Record(self.engine)
        turns = Turns(record, self.agent, "slack")
        conversations = Conversations(self.engine, record, turns, self.client)
        router = Router(conversations, Colleagues(self.engine, OFFICE), SALES)
        self.worker = Worker(self.engine, router)
        self.reception = Reception(self.engine, conversations.knows, SALES)

    def say(self, user: str, channel: str, text: str, thread_ts: str = "", **more: Any) -> str:
        """Somebody writes; gives the message's ts once everything is done."""
        ts = f"1700000000.{next(_numbers):06d}"
        kind = "im" if channel.startswith("D") else "channel"
        below = {"thread_ts": thread_ts} if thread_ts else {}
        said = {"type": "message", "channel": channel, "channel_type": kind, "user": user,
                "text": text, "ts": ts, **below}  # fmt: skip
        granted = [{"user_id": BOT_USER, "is_bot": True}]
        envelope = {"event_id": f"Ev{ts}", "event": {**said, **more}, "authorizations": granted}
        self.take(EVENT, envelope)
        return ts

    def mention(self, user: str, channel: str, text: str, thread_ts: str = "") -> str:
        return self.say(user, channel, f"<@{BOT_USER}> {text}", thread_ts)

    def slash(self, user: str, channel: str, text: str) -> None:
        self.take(COMMAND, {"user_id": user, "channel_id": channel, "text": text,
                            "trigger_id": f"t{next(_numbers)}",
                            "response_url": "http://127.0.0.1:9/"})  # fmt: skip

    def press(self, user: str, channel: str, value: str, thread_ts: str = "") -> None:
        """Somebody presses a button of the assistant."""
        message = {"ts": "1.5", **({"thread_ts": thread_ts} if thread_ts else {})}
        self.take(INTERACTION, {
            "type": "block_actions", "user": {"id": user}, "channel": {"id": channel},
            "message": message, "trigger_id": f"t{next(_numbers)}",
            "actions": [{"action_id": "say.0", "value": value}],
        })  # fmt: skip

    def take(self, kind: str, payload: Json) -> bool:
        is_new = self.reception.take(Incoming(kind, payload, "digest"), datetime.now(UTC))
        self.loop.run_until_complete(self.worker.run_once())
        return is_new

    def rows(self, channel: str = "slack", *kinds: str) -> list[Json]:
        """What is queued, oldest first."""
        query = sa.select(outbox).where(outbox.c.channel == channel).order_by(outbox.c.id)
        with self.engine.connect() as connection:
            found = [dict(row) for row in connection.execute(query).mappings()]
        return [row for row in found if not kinds or row["kind"] in kinds]

    def told(self, *kinds: str) -> list[str]:
        """The texts of answers and whispers, oldest first."""
        return [_text(row["payload"]) for row in self.rows("slack", *(kinds or ANSWERS))]

    def said_to_visitor(self) -> list[str]:
        return [row["payload"]["text"] for row in self.rows("visitor", "said")]


ANSWERS = ("reply", "ephemeral")


def _text(payload: Json) -> str:
    return payload.get("text") or "\n".join(m["text"] for m in payload["messages"])
