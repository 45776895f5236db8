"""Rasa's table of everything said, as far as we look into it from outside Rasa.

Rasa makes the table when it first starts; until then there is none.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

EVENTS = sa.table(
    "events",
    sa.column("id", sa.Integer),
    sa.column("sender_id", sa.String),  # the conversation
    sa.column("type_name", sa.String),
    sa.column("timestamp", sa.Float),  # seconds since 1970
    sa.column("data", sa.Text),  # the event as JSON
)
SESSION, USER, BOT = "session_started", "user", "bot"
BUTTONS_WORK_FOR = 200  # bot messages


def are_kept(session: Session) -> bool:
    """Whether there is a table of conversations yet."""
    return bool(sa.inspect(session.connection()).has_table(EVENTS.name))


def delete_events(session: Session, conversations: Collection[str]) -> int:
    """Delete everything said in these conversations; how many events."""
    if not conversations or not are_kept(session):
        return 0
    deleted: Any = session.execute(sa.delete(EVENTS).where(EVENTS.c.sender_id.in_(conversations)))
    return int(deleted.rowcount)


def silent_conversations(
    session: Session, since: datetime, after: str = "", limit: int = 200
) -> list[str]:
    """Conversations in which nothing was said since then, in the order of their ids.

    At most `limit`, those behind the id `after`; [] if there are none.
    """
    if not are_kept(session):
        return []
    query = (
        sa.select(EVENTS.c.sender_id)
        .where(EVENTS.c.sender_id > after)
        .group_by(EVENTS.c.sender_id)
        .having(sa.func.max(EVENTS.c.timestamp) < since.timestamp())
        .order_by(EVENTS.c.sender_id)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def said_before(session: Session, conversation_id: str, until_s: float) -> list[dict[str, Any]]:
    """What visitor and bot said before then (Unix time), as Rasa's events, oldest first.

    Of the current session only: not what was said before the conversation was started over.
    """
    if not are_kept(session):
        return []
    of_it = sa.and_(EVENTS.c.sender_id == conversation_id, EVENTS.c.timestamp < until_s)
    began = sa.select(sa.func.max(EVENTS.c.id)).where(of_it, EVENTS.c.type_name == SESSION)
    query = (
        sa.select(EVENTS.c.data)
        .where(of_it, EVENTS.c.type_name.in_([USER, BOT]))
        .where(EVENTS.c.id > sa.func.coalesce(began.scalar_subquery(), 0))
        .order_by(EVENTS.c.id)
    )
    return [json.loads(data) for data in session.execute(query).scalars()]


def buttons_shown(session: Session, conversation_id: str) -> dict[str, str]:
    """The titles of the buttons that the bot has shown lately in this conversation, by payload."""
    query = (
        sa.select(EVENTS.c.data)
        .where(EVENTS.c.sender_id == conversation_id, EVENTS.c.type_name == BOT)
        .order_by(EVENTS.c.id.desc())
        .limit(BUTTONS_WORK_FOR)
    )
    titles: dict[str, str] = {}
    for data in session.execute(query).scalars():
        for button in (json.loads(data).get("data") or {}).get("buttons") or []:
            titles.setdefault(button.get("payload", ""), button.get("title", ""))
    titles.pop("", None)
    return titles
