"""A website and a sales desk in one process: real sockets, a real assistant, the real outbox."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Sanic
from sqlalchemy.engine import Engine

from bot.channels.website import WebsiteChannel
from bot.channels.website.broadcaster import Broadcaster
from bot.conversations import EVENTS, ConversationStore
from bot.delivery.visitor import VisitorSender
from bot.delivery.worker import Worker
from bot.record import Conversation, Record
from sales.database import open_engine, transaction
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from sales.outbox.store import Delivery
from sales.outbox.tables import outbox
from sales.settings import Settings
from sales.takeover.store import Takeover, begin, current, end, say
from sales.team.roles import Member
from sales.team.store import add_member
from tests.integration.server import Server
from tests.integration.website.conftest import GENEROUS, SECRET
from tests.integration.website.visitor import ANSWER_TIMEOUT_S, Visitor

SETTINGS = {
    **GENEROUS,
    "WEBSITE_SECRET": SECRET,
    "SLACK_BOT_TOKEN": "xoxb-test",
    "SLACK_SIGNING_SECRET": "s" * 32,
    "SLACK_SALES_CHANNEL": "C1",
}
Scenario = Callable[..., Awaitable[None]]


class Here(Server):
    """This process in the place of a server of its own."""

    def start(self) -> Server:
        raise AssertionError("It is started by `website`.")


@dataclass
class Relay:
    """What a colleague does, and what comes of it."""

    server: Server
    agent: Agent
    engine: Engine
    sender: VisitorSender
    broadcaster: Broadcaster
    loop: asyncio.AbstractEventLoop

    def run(self, scenario: Scenario, tabs: int = 1) -> None:
        """Run a scenario with so many visitors, who leave at its end."""

        async def with_visitors() -> None:
            visitors = [Visitor(self.server) for _ in range(tabs)]
            try:
                await scenario(*visitors)
            finally:
                for visitor in visitors:
                    await visitor.leave()

        self.loop.run_until_complete(with_visitors())

    def member(self, name: str) -> Member:
        with transaction(self.engine) as session:
            address = f"{name.lower()}-{uuid.uuid4().hex}@example.com"
            return add_member(session, name, address, "rep", datetime.now(UTC))

    def takes_over(self, conversation_id: str, name: str = "Ann") -> Takeover:
        """A new lead of the conversation, taken over by a new colleague of this name."""
        who, now = self.member(name), datetime.now(UTC)
        email = f"visitor-{uuid.uuid4().hex}@example.com"
        draft = LeadDraft(True, "Vi", email, conversation_id=conversation_id)
        with transaction(self.engine) as session:
            lead = take_lead(session, draft, now)
            return begin(session, conversation_id, lead.id, who, now)

    def says(self, takeover: Takeover, text: str, key: str = "") -> None:
        with transaction(self.engine) as session:
            say(session, takeover, text, key or uuid.uuid4().hex, datetime.now(UTC))

    def leaves(self, takeover: Takeover, why: str = "released") -> None:
        with transaction(self.engine) as session:
            end(session, takeover, why, datetime.now(UTC))

    def taken_over_by(self, conversation_id: str) -> str | None:
        with transaction(self.engine) as session:
            takeover = current(session, conversation_id)
        return takeover.author if takeover else None

    async def deliver(self) -> None:
        """Deliver everything to visitors that waits."""
        worker = Worker(self.engine, {"visitor": self.sender})
        while await worker.run_once(datetime.now(UTC)):
            pass

    async def is_left_alone(self, conversation_id: str) -> None:
        """Wait until the server has noticed that no tab is open."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while await self.broadcaster.is_present(conversation_id):
                await asyncio.sleep(0.01)

    async def deliver_again(self) -> None:
        """Send what was delivered once more, as after a kill before it was noted."""
        for row in self.rows("visitor"):
            names = ("id", "channel", "kind", "key", "stream", "payload", "lead_id")
            facts = {name: row._mapping[name] for name in (*names, "conversation_id")}
            await self.sender.send(Delivery(**facts, attempts=2, was_interrupted=True))

    def rows(self, channel: str) -> list[Any]:
        query = sa.select(outbox).where(outbox.c.channel == channel).order_by(outbox.c.id)
        with self.engine.connect() as connection:
            return list(connection.execute(query).all())

    def slack(self, takeover: Takeover, kind: str) -> list[dict[str, Any]]:
        """What of a kind goes to the thread of the takeover's lead."""
        stream = f"lead:{takeover.lead_id}"
        return [r.payload for r in self.rows("slack") if (r.stream, r.kind) == (stream, kind)]

    def record(self, conversation_id: str) -> Conversation:
        return Record(self.engine).read(conversation_id)

    def events(self, conversation_id: str) -> list[str]:
        query = sa.select(EVENTS.c.type_name).where(EVENTS.c.sender_id == conversation_id)
        with self.engine.connect() as connection:
            return [row.type_name for row in connection.execute(query.order_by(EVENTS.c.id))]

    async def tracker(self, conversation_id: str) -> DialogueStateTracker:
        """The conversation as another process would read it."""
        return await ConversationStore(self.agent.domain).retrieve(conversation_id)


@contextmanager
def website(
    agent: Agent, loop: asyncio.AbstractEventLoop, patch: pytest.MonkeyPatch, folder: Path
) -> Iterator[Relay]:
    """The website channel on a free port, Slack connected; only `deliver` delivers the outbox."""
    for name, value in SETTINGS.items():
        patch.setenv(name, value)
    settings = Settings.from_env()
    patch.setattr("bot.channels.website.channel.deliver_while_serving", lambda *_: None)
    engine, store = open_engine(settings.database_url), ConversationStore(agent.domain)
    patch.setattr(agent, "tracker_store", store)
    patch.setattr(agent.processor, "tracker_store", store)
    app, server = Sanic(f"website_{uuid.uuid4().hex}"), Here(folder)
    app.config.TOUCHUP = False  # it rewrites Sanic itself, once in a process
    app.ctx.agent = agent
    app.blueprint(WebsiteChannel(settings).blueprint(_unused), url_prefix="/webhooks/website")
    serving = loop.run_until_complete(_serve(app, server.port))
    routes, broadcaster = settings.office.routes, app.ctx.broadcaster
    sender = VisitorSender(engine, lambda: agent, broadcaster, routes)
    try:
        yield Relay(server, agent, engine, sender, broadcaster, loop)
    finally:
        loop.run_until_complete(_stop(serving))


async def _unused(_message: object) -> None:
    raise AssertionError("The website runs turns by itself.")


async def _serve(app: Sanic, port: int) -> Any:
    server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    assert server is not None
    await server.startup()
    await server.before_start()
    return server


async def _stop(server: Any) -> None:
    await server.before_stop()
    server.close()
    await server.wait_closed()
    await server.after_stop()
