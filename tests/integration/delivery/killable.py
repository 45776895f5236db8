"""A small program that writes changes with their notifications and delivers them, to be killed."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.delivery.webhook import WebhookSender
from bot.delivery.worker import Worker
from sales.database import open_engine, transaction
from sales.feedback.store import rate_answer
from sales.feedback.tables import answer_feedback
from sales.outbox.store import Notification, enqueue
from sales.settings import WebhookSettings

SECRET = "a-secret-of-the-tests-0123456789abcdef"
LEASE_S = 1.0


def run(database_url: str, url: str, streams: tuple[str, ...]) -> None:
    """Change something, and deliver the news of it and of what an earlier life left, for ever."""
    asyncio.run(_live(database_url, url, streams))


def worker_on(database_url: str, url: str) -> Worker:
    """A worker with short leases, so that what a killed one held is soon free."""
    sender = WebhookSender(WebhookSettings((url,), SECRET, allow_private=True))
    senders = {"webhook": sender}
    return Worker(open_engine(database_url), senders, poll_s=0.05, lease_s=LEASE_S)


async def _live(database_url: str, url: str, streams: tuple[str, ...]) -> None:
    async def change_for_ever() -> None:
        while True:
            stream = random.choice(streams)  # noqa: S311 - no secret
            await asyncio.to_thread(change, database_url, url, stream)
            await asyncio.sleep(random.random() / 50)  # noqa: S311

    await asyncio.gather(worker_on(database_url, url).run(), change_for_ever())


def change(database_url: str, url: str, stream: str) -> None:
    """The next thumb for a conversation, and the notification of it: both or neither."""
    now = datetime.now(UTC)
    engine, table = open_engine(database_url), answer_feedback.c
    last = sa.select(sa.func.max(table.message)).where(table.conversation_id == stream)
    with engine.connect() as connection:  # each stream has one writer
        number = (connection.execute(last).scalar() or 0) + 1
    with transaction(engine) as session:
        rate_answer(session, stream, number, "up", now)
        payload = {"url": url, "stream": stream, "number": number}
        news = Notification("webhook", "lead.note", f"{stream}:{number}", stream, payload)
        enqueue(session, [news], now)
