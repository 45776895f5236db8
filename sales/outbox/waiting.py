"""How much waits in the outbox and for how long, at a cost that does not grow with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.outbox.tables import outbox

MOST = 10_000  # rows that are counted; more count as so many
OPEN, DEAD = "open", "dead"


@dataclass(frozen=True)
class Waiting:
    """Rows of one channel in one state."""

    channel: str  # slack, email, webhook, visitor
    state: str  # open: still tried; dead: given up
    rows: int
    oldest_at: datetime


def waiting(session: Session) -> list[Waiting]:
    """What is open and what was given up, per channel; [] when nothing is."""
    is_open = sa.and_(outbox.c.delivered_at.is_(None), outbox.c.dead_at.is_(None))
    return [
        *_counted(session, OPEN, is_open),
        *_counted(session, DEAD, outbox.c.dead_at.is_not(None)),
    ]


def _counted(session: Session, state: str, condition: Any) -> list[Waiting]:
    """The conditions are those of the partial indexes outbox_open and outbox_dead."""
    some = sa.select(outbox.c.channel, outbox.c.created_at).where(condition).limit(MOST).subquery()
    rows, oldest = sa.func.count(), sa.func.min(some.c.created_at)
    query = sa.select(some.c.channel, rows, oldest).group_by(some.c.channel)
    return [Waiting(row[0], state, row[1], row[2]) for row in session.execute(query)]
