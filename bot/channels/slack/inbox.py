"""What Slack sent, kept before it is acknowledged, and worked on once.

Slack sends an event again until it is acknowledged, and a mention twice. Two unique keys in the
table decide what is new: the event's own id, and the message that it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sales.outbox import leasing
from sales.outbox.tables import slack_inbox

CLOSED = (slack_inbox.c.done_at,)
KEPT_DAYS = 7  # Slack repeats within hours; until then the keys of what is done are remembered
LONGEST_KEY = 200
LONGEST_ERROR = 500
FIRST_WAIT_S, LONGEST_WAIT_S = 2, 60
Json = dict[str, Any]


class LostLeaseError(RuntimeError):
    """Another worker has the row by now: whatever was done for it here must not be kept."""


class TooEarlyError(RuntimeError):
    """What the row needs is not written down yet; it is worth trying again in a moment."""


@dataclass(frozen=True)
class Received:
    """Something to work on, not stored yet. `stream` keeps what belongs together in order."""

    kind: str  # event, interaction, command
    event_key: str
    message_key: str | None
    stream: str
    payload: Json = field(repr=False)


@dataclass(frozen=True)
class Job:
    """A row in a worker's hand."""

    id: int
    worker: str
    kind: str
    event_key: str
    stream: str
    attempts: int  # this one included
    received_at: datetime
    payload: Json = field(repr=False)


def keep(session: Session, received: Received, now: datetime) -> bool:
    """Store it for a worker; False when it, or the message it is about, is known already."""
    row = {
        "received_at": now,
        "event_key": received.event_key[:LONGEST_KEY],
        "message_key": received.message_key and received.message_key[:LONGEST_KEY],
        "kind": received.kind,
        "stream": received.stream[:LONGEST_KEY],
        "payload": received.payload,
        "attempts": 0,
        "due_at": now,
        "error": "",
    }
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added: Any = session.execute(dialect.insert(slack_inbox).values(row).on_conflict_do_nothing())
    return bool(added.rowcount)


def lease(session: Session, now: datetime, lease_s: float, limit: int, worker: str) -> list[Job]:
    """What this worker shall do now: at most the oldest open row of each stream."""
    leased = leasing.lease_rows(
        session, slack_inbox, closed=CLOSED, now=now, lease_s=lease_s, limit=limit, worker=worker,
        born=slack_inbox.c.received_at,
    )  # fmt: skip
    return [_job(one, worker) for one in leased]


def renew(session: Session, ids: Sequence[int], until: datetime, worker: str) -> None:
    """Hold the rows until then, as long as the worker still has them."""
    leasing.renew(session, slack_inbox, ids, until, worker)


def finish(session: Session, job: Job, now: datetime, error: str = "") -> None:
    """Close the row in the transaction of what was done for it; its words are forgotten.

    Raises LostLeaseError when another worker has it, which rolls the rest back.
    """
    done = {"done_at": now, "payload": {}, "error": error[:LONGEST_ERROR], **_FREE}
    if not _update(session, job, done):
        raise LostLeaseError(f"Row {job.id} of the inbox was taken over by another worker.")


def postpone(session: Session, job: Job, now: datetime, error: str) -> None:
    """Have the row tried again, later with each attempt. `error` holds no personal data."""
    wait_s = min(FIRST_WAIT_S * 2 ** (job.attempts - 1), LONGEST_WAIT_S)
    due_at = now + timedelta(seconds=wait_s)
    _update(session, job, {"due_at": due_at, "error": error[:LONGEST_ERROR], **_FREE})


def forget_done(session: Session, now: datetime) -> int:
    """Delete what was done KEPT_DAYS ago; how many rows."""
    is_old = slack_inbox.c.done_at < now - timedelta(days=KEPT_DAYS)
    deleted: Any = session.execute(sa.delete(slack_inbox).where(is_old))
    return int(deleted.rowcount)


_FREE: Json = {"lease": None, "leased_until": None}


def _update(session: Session, job: Job, values: Json) -> bool:
    is_ours = (slack_inbox.c.id == job.id, slack_inbox.c.lease == job.worker)
    changed: Any = session.execute(sa.update(slack_inbox).where(*is_ours).values(**values))
    return bool(changed.rowcount)


def _job(leased: leasing.Leased, worker: str) -> Job:
    row = leased.row
    return Job(
        id=leased.id,
        worker=worker,
        kind=row["kind"],
        event_key=row["event_key"],
        stream=row["stream"],
        attempts=leased.attempts,
        received_at=row["received_at"],
        payload=dict(row["payload"]),
    )
