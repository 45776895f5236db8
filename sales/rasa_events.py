"""Rasa's table of everything said, as far as we look into it from outside Rasa.

Rasa makes the table when it first starts; until then there is none.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

EVENTS = sa.table(
    "events",
    sa.column("id", sa.Integer),
    sa.column("sender_id", sa.String),  # the conversation
    sa.column("timestamp", sa.Float),  # seconds since 1970
)


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
