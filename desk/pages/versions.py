"""Cheap queries that tell whether a page is out of date. Each gives a short text to compare.

Everything that changes a lead writes a line of its history, so the last line's number tells it.
The minute is part of a version: a page that says "due in 5 min" is renewed by then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.record import EVENTS
from desk.pages.transcript import has_conversations
from sales.leads.tables import lead_events, leads
from sales.outbox.tables import outbox
from sales.takeover.tables import takeovers

Version = Callable[[Engine, datetime], str]


def of_inbox(engine: Engine, now: datetime) -> str:
    """Changes with every change of a lead, and with every minute."""
    last = sa.select(sa.func.max(lead_events.c.id)).scalar_subquery()
    newest = sa.select(sa.func.max(leads.c.id)).scalar_subquery()
    number = sa.select(sa.func.count(leads.c.id)).scalar_subquery()  # tells an erased one
    return _joined(engine, now, sa.select(last, newest, number))


def of_lead(engine: Engine, lead_id: int, now: datetime) -> str:
    """Changes with the lead, its conversation and its takeover, and with every minute."""
    last = sa.select(sa.func.max(lead_events.c.id)).where(lead_events.c.lead_id == lead_id)
    of_this = takeovers.c.lead_id == lead_id
    taken = sa.select(sa.func.max(takeovers.c.id)).where(of_this)
    ended = sa.select(sa.func.count(takeovers.c.ended_at)).where(of_this)
    rows = outbox.c.lead_id == lead_id  # a reply that was delivered, or given up
    sent = sa.select(sa.func.count(outbox.c.delivered_at)).where(rows)
    dead = sa.select(sa.func.count(outbox.c.dead_at)).where(rows)
    values = [last, taken, ended, sent, dead]
    if has_conversations(engine):
        said = sa.select(sa.func.max(EVENTS.c.id))
        conversation = sa.select(leads.c.conversation_id).where(leads.c.id == lead_id)
        values.append(said.where(EVENTS.c.sender_id == conversation.scalar_subquery()))
    return _joined(engine, now, sa.select(*(value.scalar_subquery() for value in values)))


def _joined(engine: Engine, now: datetime, query: Any) -> str:
    with engine.connect() as connection:
        values = connection.execute(query).one()
    minute = int(now.timestamp()) // 60
    return "-".join(str(value or 0) for value in (*values, minute))
