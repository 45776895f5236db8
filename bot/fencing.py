"""A turn is saved only at the end of the conversation it was read from.

The lock of a conversation can be lost (bot/locks.py says how). What holds then is the database: a
tracker remembers the last row it was read from, and its turn is saved in a transaction that
nobody else can write to this conversation in, and only if that row is still the last.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.record import EVENTS

LAST_ROW = "last_row"  # a tracker remembers it; 0: there was none
LOCK_KEY = 5_180_006  # any number, the same in every process, that nobody else locks with
ITS_ROWS = (  # of the conversation, from the last one known on
    EVENTS.c.sender_id == sa.bindparam("conversation"),
    EVENTS.c.id >= sa.bindparam("last_row"),
)
NEWER = sa.select(EVENTS.c.id).where(*ITS_ROWS).order_by(EVENTS.c.id).limit(2)
LATEST = sa.select(sa.func.max(EVENTS.c.id)).where(*ITS_ROWS)
WRITES_NOTHING = sa.update(EVENTS).where(sa.false()).values(id=EVENTS.c.id)


class LostTurnError(RuntimeError):
    """Somebody else wrote to the conversation: nothing was saved, and the turn may run anew."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"Conversation {conversation_id} was written to by somebody else.")


def remember(tracker: Any, last_row: int) -> None:
    """Note what the tracker was read from."""
    setattr(tracker, LAST_ROW, last_row)


def hold(session: Session, tracker: Any) -> None:
    """Call it before the first row of a turn is written, in the same transaction.

    Raises LostTurnError. Until the transaction ends, no other process saves this conversation.
    """
    conversation_id, last_row = tracker.sender_id, getattr(tracker, LAST_ROW, 0)
    _wait_for_turn(session, conversation_id)
    asked = {"conversation": conversation_id, "last_row": last_row}
    found = list(session.execute(NEWER, asked).scalars())
    if found != [last_row] * bool(last_row):
        raise LostTurnError(conversation_id)


def remember_saved(session: Session, tracker: Any) -> None:
    """Note the last row of what was written; call it after, in the same transaction."""
    asked = {"conversation": tracker.sender_id, "last_row": getattr(tracker, LAST_ROW, 0)}
    remember(tracker, session.execute(LATEST, asked).scalar() or 0)


def _wait_for_turn(session: Session, conversation_id: str) -> None:
    """SQLite has one turn to write for all, which a write of nothing takes."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(WRITES_NOTHING)
        return
    session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY, sa.func.hashtext(conversation_id)))
    )
