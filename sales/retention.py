"""Deletes what the house keeps no longer: old leads and conversations, and what is done with.

Each step is a transaction of its own, so that nobody waits for long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.database import transaction, wipe_deleted
from sales.erasure import delete_conversations, erase_person
from sales.leads.tables import lead_events, leads
from sales.leads.workflow import CLOSED_STATES
from sales.office import Routes
from sales.outbox.tables import outbox, slack_inbox
from sales.rasa_events import silent_conversations
from sales.settings import RetentionSettings
from sales.takeover.tables import takeovers
from sales.team.roles import SYSTEM
from sales.team.tables import ended_sessions, sign_in_failures

NO_ROUTES = Routes()
BATCH = 200
KEPT = {  # column of the time -> how long a row is of use after it
    outbox.c.delivered_at: timedelta(days=14),  # the keys keep repeats out
    slack_inbox.c.done_at: timedelta(days=7),  # Slack repeats within hours
    sign_in_failures.c.at: timedelta(days=2),
    ended_sessions.c.until: timedelta(0),
}


@dataclass(frozen=True)
class Deleted:
    """What the retention job deleted."""

    leads: int
    conversations: int

    def __str__(self) -> str:
        return f"leads={self.leads}, conversations={self.conversations}"


def delete_old(
    engine: Engine, retention: RetentionSettings, now: datetime, routes: Routes = NO_ROUTES
) -> Deleted:
    """How much was deleted of what is too old.

    That is leads closed more than `lead_days` ago, and conversations that led to no lead and are
    silent for more than `conversation_days`.
    """
    closed_before = now - timedelta(days=retention.lead_days)
    silent_since = now - timedelta(days=retention.conversation_days)
    deleted = Deleted(
        leads=_erase_leads(engine, closed_before, now, routes),
        conversations=_delete_conversations(engine, silent_since),
    )
    wipe_deleted(engine)
    return deleted


def clean_up(engine: Engine, now: datetime) -> int:
    """Delete rows that are done with and of no more use; how many.

    Dead letters stay: a person decides about them.
    """
    return sum(_delete_rows(engine, column, now - days) for column, days in KEPT.items())


def _erase_leads(engine: Engine, closed_before: datetime, now: datetime, routes: Routes) -> int:
    erased = 0
    while lead_ids := _closed_leads(engine, closed_before):
        for lead_id in lead_ids:
            with transaction(engine) as session:
                erased += erase_person(
                    session, actor=SYSTEM, now=now, lead_id=lead_id, routes=routes
                ).leads
    return erased


def _closed_leads(engine: Engine, before: datetime) -> list[int]:
    closed_at = sa.func.coalesce(
        leads.c.closed_at, leads.c.updated_at, type_=leads.c.closed_at.type
    )
    query = (
        sa.select(leads.c.id)
        .where(leads.c.state.in_(CLOSED_STATES), closed_at < before)
        .order_by(leads.c.id)
        .limit(BATCH)
    )
    with transaction(engine) as session:
        return list(session.execute(query).scalars())


def _delete_conversations(engine: Engine, since: datetime) -> int:
    deleted, last = 0, ""
    while True:
        with transaction(engine) as session:
            silent = silent_conversations(session, since, last, BATCH)
            if not silent:
                return deleted
            old = set(silent) - _with_lead(session)
            delete_conversations(session, old)
            session.execute(sa.delete(outbox).where(outbox.c.conversation_id.in_(old)))
        deleted, last = deleted + len(old), silent[-1]


def _with_lead(session: Session) -> set[str]:
    """Conversations that belong to a lead, now or earlier."""
    known = set(session.execute(sa.select(leads.c.conversation_id)).scalars())
    known |= set(session.execute(sa.select(takeovers.c.conversation_id)).scalars())
    query = sa.select(lead_events.c.before, lead_events.c.after)
    for before, after in session.execute(query.where(lead_events.c.what == "conversation_id")):
        known |= {before, after}
    return known


def _delete_rows(engine: Engine, column: sa.Column[Any], before: datetime) -> int:
    """In batches, so that the one writer of SQLite is not held up."""
    table: Any = column.table
    key = next(iter(table.primary_key))
    some = sa.select(key).where(column < before).limit(BATCH)
    deleted = 0
    while True:
        with transaction(engine) as session:
            batch: Any = session.execute(sa.delete(table).where(key.in_(some)))
        deleted += int(batch.rowcount)
        if batch.rowcount < BATCH:
            return deleted
