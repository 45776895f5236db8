"""Work in a table, done by several processes: each row by one at a time, each stream in its order.

A row is leased for some seconds. Whoever holds it closes it or puts it back; when that process
dies, the lease runs out and the next worker gets the row, told that an attempt was interrupted.
Used by the outbox and by Slack's inbox. The table needs the columns id, stream, attempts, due_at,
leased_until, lease, is_uncertain and error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

LONGEST_LEASE = timedelta(minutes=2)


@dataclass(frozen=True)
class Leased:
    """A row in hand. `row` has its columns by name and may hold personal data."""

    id: int
    attempts: int  # this one included
    was_interrupted: bool  # an earlier attempt may have had its effect: nobody knows
    row: Mapping[str, Any] = field(repr=False)


def lease_rows(
    session: Session,
    table: sa.Table,
    *,
    closed: Sequence[sa.Column[Any]],
    now: datetime,
    lease_s: float,
    limit: int,
    worker: str,
    born: sa.Column[Any],
    where: Any = None,
) -> list[Leased]:
    """The oldest open row of each stream that is due and in nobody's hand, longest due first.

    A row is open while all the columns of `closed` are NULL. A row that waits for its next attempt
    holds back the later ones of its stream. One that was due when it was written (`born`) is due,
    whatever the clock says of who wrote it. At most `limit` rows; [] if there is nothing to do.
    """
    query = _ready(table, closed, where, now, born).limit(limit)
    if limit < 1 or not _may_write(session, table, query):
        return []
    locked = query.with_for_update(skip_locked=True, of=table)  # SQLite leaves this out
    rows = session.execute(locked).mappings().all()
    _take(session, table, [row["id"] for row in rows], now + timedelta(seconds=lease_s), worker)
    return [_leased(row) for row in rows]


def renew(session: Session, table: sa.Table, ids: Sequence[int], until: datetime, by: str) -> None:
    """Hold the rows longer, those that `by` still holds."""
    held = sa.and_(table.c.id.in_(ids), table.c.lease == by)
    session.execute(sa.update(table).where(held).values(leased_until=until))


def give_back(session: Session, table: sa.Table, ids: Sequence[int], by: str) -> None:
    """Let go of rows that `by` holds and has not begun to work on."""
    held = sa.and_(table.c.id.in_(ids), table.c.lease == by)
    free = {"lease": None, "leased_until": None, "attempts": table.c.attempts - 1}
    session.execute(sa.update(table).where(held).values(**free))


def close(session: Session, table: sa.Table, row_id: int, **values: Any) -> None:
    """Let go of the row with these values, which close it: `done_at=now`."""
    free = {"lease": None, "leased_until": None}
    session.execute(sa.update(table).where(table.c.id == row_id).values(**free, **values))


def put_back(
    session: Session,
    table: sa.Table,
    row_id: int,
    *,
    due_at: datetime,
    error: str,
    is_uncertain: bool = False,
    worker: str | None = None,
    **values: Any,
) -> bool:
    """Have the row tried again at `due_at`; False if `worker` does not hold it any more.

    `is_uncertain`: this attempt may have had its effect. `error` holds no personal data.
    """
    held = table.c.id == row_id if worker is None else _held(table, row_id, worker)
    uncertain = {"is_uncertain": True} if is_uncertain else {}
    free = {"lease": None, "leased_until": None, **uncertain}
    changed: Any = session.execute(
        sa.update(table).where(held).values(**free, due_at=due_at, error=error, **values)
    )
    return bool(changed.rowcount)


def is_open(table: Any, closed: Sequence[sa.Column[Any]]) -> Any:
    """The condition that a row of the table (or of its alias) still has to be worked on."""
    return sa.and_(*(table.c[column.name].is_(None) for column in closed))


def _ready(
    table: sa.Table,
    closed: Sequence[sa.Column[Any]],
    where: Any,
    now: datetime,
    born: sa.Column[Any],
) -> Any:
    """The rows that may be leased, longest due first.

    A lower number can be committed after a higher one of its stream was leased: so it is not
    enough to take the lowest, none may be in hand either.
    """
    conditions = [is_open(table, closed), *([] if where is None else [where])]
    oldest = sa.select(sa.func.min(table.c.id)).where(*conditions).group_by(table.c.stream)
    oldest = oldest.correlate(None)
    other = table.alias("other")
    held = sa.and_(other.c.stream == table.c.stream, _is_leased(other, now))
    in_hand = sa.exists().where(sa.and_(held, is_open(other, closed)))
    is_new = sa.and_(table.c.attempts == 0, table.c.due_at == born)
    return (
        sa.select(table)
        .where(table.c.id.in_(oldest), *conditions, sa.or_(table.c.due_at <= now, is_new))
        .where(sa.or_(table.c.leased_until.is_(None), ~_is_leased(table, now)))
        .where(~in_hand)
        .order_by(table.c.due_at, table.c.id)
    )


def _is_leased(table: Any, now: datetime) -> Any:
    """Whether the row's lease lasts. One that ends too late is of a clock that was set back."""
    until = table.c.leased_until
    return sa.and_(until > now, until <= now + LONGEST_LEASE)


def _may_write(session: Session, table: sa.Table, query: Any) -> bool:
    """SQLite: whether there is work, and then the turn to write, which only one has.

    Looking first keeps idle workers out of the writers' way.
    """
    if session.get_bind().dialect.name != "sqlite":
        return True
    if session.execute(query.with_only_columns(table.c.id)).first() is None:
        return False
    session.execute(sa.update(table).where(sa.false()).values(id=table.c.id))
    return True


def _take(
    session: Session, table: sa.Table, ids: Sequence[int], until: datetime, worker: str
) -> None:
    if not ids:
        return
    session.execute(
        sa.update(table)
        .where(table.c.id.in_(ids))
        .values(
            attempts=table.c.attempts + 1,
            is_uncertain=sa.or_(table.c.is_uncertain, table.c.lease.is_not(None)),
            leased_until=until,
            lease=worker,
        )
    )


def _leased(row: Mapping[str, Any]) -> Leased:
    was_interrupted = row["is_uncertain"] or row["lease"] is not None
    return Leased(row["id"], row["attempts"] + 1, bool(was_interrupted), row)


def _held(table: sa.Table, row_id: int, worker: str) -> Any:
    return sa.and_(table.c.id == row_id, table.c.lease == worker)
