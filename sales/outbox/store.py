"""The outbox: notifications are written with the change that caused them and delivered later.

The caller opens the session and owns the transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sales.outbox import bell, leasing
from sales.outbox.backoff import is_hopeless, wait_s
from sales.outbox.tables import outbox

Json = Any
CLOSED = (outbox.c.delivered_at, outbox.c.dead_at)
LONGEST_NAME = 200  # characters of a key or a stream, as the table has it
LONGEST_ERROR = 500
RINGS = "outbox_rings"  # in session.info: something was enqueued


@dataclass(frozen=True)
class Notification:
    """Something to deliver. `payload` is JSON and may hold personal data."""

    channel: str  # slack, email, webhook, visitor
    kind: str
    key: str  # the receiver tells repeats by it: one for each thing that happened
    stream: str = field(repr=False)  # delivered one after the other; may hold an address
    payload: Mapping[str, Json] = field(repr=False)
    lead_id: int | None = None
    conversation_id: str = ""


@dataclass(frozen=True)
class Delivery:
    """A notification in a worker's hand."""

    id: int
    channel: str
    kind: str
    key: str
    stream: str = field(repr=False)
    payload: Mapping[str, Json] = field(repr=False)
    lead_id: int | None
    conversation_id: str
    attempts: int  # this one included
    was_interrupted: bool  # an earlier attempt may have arrived: nobody knows


@dataclass(frozen=True)
class OutboxEntry:
    """A row of the outbox for people to look at, without what it says."""

    id: int
    created_at: datetime
    channel: str
    kind: str
    key: str
    stream: str = field(repr=False)
    lead_id: int | None
    conversation_id: str
    attempts: int
    due_at: datetime
    dead_at: datetime | None
    error: str


def enqueue(
    session: Session,
    notifications: Iterable[Notification],
    now: datetime,
    due_at: datetime | None = None,
) -> int:
    """How many were new; one whose key is known already is left as it is.

    Delivered in this order within a stream, from `due_at` on or at once. Workers hear of it when
    the transaction commits.
    """
    rows = [_row(notification, now, due_at or now) for notification in notifications]
    if not rows:
        return 0
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(outbox).values(rows)
    added: Any = session.execute(statement.on_conflict_do_nothing(index_elements=["key"]))
    session.info[RINGS] = True
    return int(added.rowcount)


def lease_due(
    session: Session,
    channels: Sequence[str],
    now: datetime,
    lease_s: float,
    limit: int,
    worker: str,
) -> list[Delivery]:
    """What this worker shall deliver now: at most the oldest open row of each stream."""
    leased = leasing.lease_rows(
        session, outbox, closed=CLOSED, now=now, lease_s=lease_s, limit=limit, worker=worker,
        born=outbox.c.created_at, where=outbox.c.channel.in_(channels),
    )  # fmt: skip
    return [_delivery(row) for row in leased]


def renew_leases(
    session: Session, ids: Sequence[int], now: datetime, lease_s: float, worker: str
) -> None:
    """Hold what is in the worker's hand for another `lease_s`."""
    leasing.renew(session, outbox, ids, now + timedelta(seconds=lease_s), worker)


def give_back(session: Session, ids: Sequence[int], worker: str) -> None:
    """Let others deliver what the worker holds and has not begun with."""
    leasing.give_back(session, outbox, ids, worker)


def delivered(session: Session, row_id: int, now: datetime, receipt: Json = None) -> None:
    """The receiver has it. True whoever holds the lease by now."""
    values = {"delivered_at": now, "dead_at": None, "receipt": receipt, "error": ""}
    leasing.close(session, outbox, row_id, **values)


def failed(
    session: Session,
    row_id: int,
    now: datetime,
    error: str,
    retry_after_s: float | None = None,
    is_permanent: bool = False,
    *,
    is_uncertain: bool = False,
    worker: str | None = None,
) -> bool:
    """Have it tried again later, or given up; True if it is given up.

    A dead letter keeps its error, waits for a person, and lets the rest of its stream pass.
    `error` holds no personal data. `is_uncertain`: it may have arrived all the same. With
    `worker`, nothing happens when another one has it in hand by now.
    """
    query = sa.select(outbox.c.attempts, outbox.c.created_at).where(outbox.c.id == row_id)
    row = session.execute(query).first()
    if row is None:  # erased meanwhile
        return False
    is_dead = is_permanent or is_hopeless(row.attempts, row.created_at, now)
    due_at = now + timedelta(seconds=wait_s(row.attempts, retry_after_s))
    is_ours = leasing.put_back(
        session, outbox, row_id, due_at=due_at, error=error[:LONGEST_ERROR],
        is_uncertain=is_uncertain, worker=worker, dead_at=now if is_dead else None,
    )  # fmt: skip
    return is_dead and is_ours


def dead_letters(session: Session, limit: int = 50, offset: int = 0) -> list[OutboxEntry]:
    """What was given up, last first; [] if nothing was."""
    query = _entries(outbox.c.dead_at.is_not(None))
    query = query.order_by(outbox.c.dead_at.desc(), outbox.c.id.desc())
    return _found(session, query, limit, offset)


def open_notifications(
    session: Session, limit: int = 50, offset: int = 0, channel: str | None = None
) -> list[OutboxEntry]:
    """What is still to be delivered, oldest first; `channel` picks one channel."""
    query = _entries(leasing.is_open(outbox, CLOSED)).order_by(outbox.c.id)
    if channel is not None:
        query = query.where(outbox.c.channel == channel)
    return _found(session, query, limit, offset)


def retry(session: Session, row_id: int, now: datetime) -> bool:
    """Try a dead letter again, now and for as long as a new one; False if it is none."""
    return _revive(session, outbox.c.id == row_id, now) == 1


def retry_all(session: Session, now: datetime, channel: str | None = None) -> int:
    """Try every dead letter again; how many. `channel` picks one channel."""
    return _revive(session, sa.true() if channel is None else outbox.c.channel == channel, now)


def depth(session: Session) -> dict[str, dict[str, int]]:
    """How many are open and how many dead: {"slack": {"open": 2, "dead": 0}}; {} if none is."""
    is_dead = outbox.c.dead_at.is_not(None)
    query = (
        sa.select(outbox.c.channel, is_dead.label("is_dead"), sa.func.count().label("rows"))
        .where(outbox.c.delivered_at.is_(None))
        .group_by(outbox.c.channel, is_dead)
    )
    found: dict[str, dict[str, int]] = {}
    for row in session.execute(query):
        counts = found.setdefault(row.channel, {"open": 0, "dead": 0})
        counts["dead" if row.is_dead else "open"] = row.rows
    return found


@event.listens_for(Session, "after_commit")  # type: ignore[untyped-decorator]  # as SQLAlchemy's
def _ring_when_committed(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop(RINGS, False):
        bell.ring()


@event.listens_for(Session, "after_rollback")  # type: ignore[untyped-decorator]
def _forget_the_ring(session: Session) -> None:
    session.info.pop(RINGS, None)


def _revive(session: Session, condition: Any, now: datetime) -> int:
    revived: Any = session.execute(
        sa.update(outbox)
        .where(outbox.c.dead_at.is_not(None), condition)
        .values(dead_at=None, attempts=0, due_at=now)
    )
    session.info[RINGS] = True
    return int(revived.rowcount)


def _row(notification: Notification, now: datetime, due_at: datetime) -> dict[str, Any]:
    return {
        "created_at": now,
        "channel": notification.channel,
        "kind": notification.kind,
        "key": _fitting(notification.key),
        "stream": _fitting(notification.stream),
        "lead_id": notification.lead_id,
        "conversation_id": notification.conversation_id,
        "payload": dict(notification.payload),
        "attempts": 0,
        "due_at": due_at,
        "error": "",
    }


def _fitting(name: str) -> str:
    """The name, its end replaced by a hash when it is too long: a lead must not fail by a URL."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{name[: LONGEST_NAME - len(digest) - 1]}#{digest}"


def _delivery(leased: leasing.Leased) -> Delivery:
    counted: dict[str, Any] = {
        "attempts": leased.attempts,
        "was_interrupted": leased.was_interrupted,
    }
    names = [f.name for f in fields(Delivery) if f.name not in counted]
    return Delivery(**{name: leased.row[name] for name in names}, **counted)


def _entries(condition: Any) -> Any:
    return sa.select(*(outbox.c[f.name] for f in fields(OutboxEntry))).where(condition)


def _found(session: Session, query: Any, limit: int, offset: int) -> list[OutboxEntry]:
    rows = session.execute(query.limit(limit).offset(offset)).mappings()
    return [OutboxEntry(**row) for row in rows]
