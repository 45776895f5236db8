"""Locks of the background jobs: of all processes that try, one gets the turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sales.outbox.tables import job_locks

DAY_S = 86_400.0
MARGIN = timedelta(minutes=2)


def hold(
    session: Session, name: str, holder: str, now: datetime, for_s: float, longest_s: float = DAY_S
) -> bool:
    """Whether the job is the caller's for `for_s` from now; the turn of others must be over.

    A process that dies in its turn gives it up when the time ends, not before. A turn that ends
    later than `longest_s` from now was begun by a clock that has been set back: it is over. Commit
    at once: until then the others wait.
    """
    impossible = now + timedelta(seconds=longest_s) + MARGIN
    until = now + timedelta(seconds=for_s)
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(job_locks).values(name=name, holder=holder, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": holder, "until": until},
        where=sa.or_(job_locks.c.until <= now, job_locks.c.until > impossible),
    )
    taken: Any = session.execute(statement)
    return bool(taken.rowcount)


def keep(session: Session, name: str, holder: str, now: datetime, for_s: float) -> bool:
    """Set the end of the caller's own turn to `for_s` from now; False if it is another's."""
    own = sa.and_(job_locks.c.name == name, job_locks.c.holder == holder)
    until = now + timedelta(seconds=for_s)
    kept: Any = session.execute(sa.update(job_locks).where(own).values(until=until))
    return bool(kept.rowcount)
