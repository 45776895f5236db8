"""The rows behind leads: locking, keeping a change with its history. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.lead import VISITOR, Change, Json, Lead
from sales.leads.tables import lead_aliases, lead_events, leads
from sales.leads.workflow import LEVELS, OPEN_STATES
from sales.outbox.tables import outbox
from sales.takeover.tables import takeovers
from sales.team.roles import SYSTEM, Member
from sales.team.store import find_member

TAKING_LEADS = 0x1EAD  # PostgreSQL advisory lock: one at a time makes or merges leads
ASSISTANT = "assistant"  # who changed a lead, in its history, when the SLA clock did
LISTS = ("products", "transcript", "priority_reasons")
TOLD = ("state", "level", "due_at", "snoozed_until", "closed_reason")  # in the history, and owner
MOST_AT_ONCE = 200  # leads that one run of the SLA clock looks at


def take_turn(session: Session) -> None:
    """Waits until nobody else makes or merges leads; ours until the transaction ends."""
    if _is_postgresql(session):
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(TAKING_LEADS)))
    else:
        _become_the_writer(session)


def lock_lead(session: Session, lead_id: int) -> Lead | None:
    """The lead, or the one it was merged into, for this transaction alone; None if unknown."""
    if not _is_postgresql(session):
        _become_the_writer(session)
    return read_lead(session, leads.c.id == lead_id, for_update=True) or read_lead(
        session, leads.c.id == alias_target(lead_id), for_update=True
    )


def alias_target(lead_id: int) -> Any:
    """A subquery: the id of the lead that this one was merged into."""
    query = sa.select(lead_aliases.c.lead_id).where(lead_aliases.c.old_id == lead_id)
    return query.scalar_subquery()


def read_lead(session: Session, condition: Any, for_update: bool = False) -> Lead | None:
    """The first lead that meets the condition, or None."""
    query = sa.select(leads).where(condition).limit(1)
    row = session.execute(query.with_for_update() if for_update else query).mappings().first()
    return to_lead(row) if row else None


def add_lead(session: Session, lead: Lead) -> Lead:
    """The lead with its id."""
    added: Any = session.execute(sa.insert(leads).values(_to_row(lead)))
    return replace(lead, id=added.inserted_primary_key[0])


def keep_change(
    session: Session,
    before: Lead,
    after: Lead,
    what: str,
    actor: Member | None,
    now: datetime,
    details: Mapping[str, Json],
) -> Lead:
    """Keeps the lead as it is afterwards, and in its history who did what, from what, to what."""
    old, new = _told(session, before), _told(session, after)
    changed = [name for name in new if old[name] != new[name]]
    was = {name: old[name] for name in changed}
    became = {name: new[name] for name in changed} | dict(details)
    record(session, after.id, who(actor), [Change(what, was or None, became or None)], now)
    return write(session, after, now)


def write(session: Session, lead: Lead, now: datetime) -> Lead:
    """Keeps the lead and gives it with its new version."""
    lead = replace(lead, updated_at=now.astimezone(UTC), version=lead.version + 1)
    session.execute(sa.update(leads).where(leads.c.id == lead.id).values(_to_row(lead)))
    return lead


def record(
    session: Session, lead_id: int, who: str, changes: Iterable[Change], now: datetime
) -> None:
    """Adds lines to the lead's history."""
    rows = [
        {"lead_id": lead_id, "at": now, "who": who, "what": change.what,
         "before": change.before, "after": change.after}
        for change in changes
    ]  # fmt: skip
    if rows:
        session.execute(sa.insert(lead_events), rows)


def who(actor: Member | None) -> str:
    """The name in the history: a colleague's, "visitor" or "assistant"."""
    if actor is None:
        return VISITOR
    return ASSISTANT if actor.id == SYSTEM.id else actor.name


def owner_name(session: Session, lead: Lead) -> str:
    """The name of who looks after the lead; "" for nobody."""
    owner = find_member(session, lead.owner_id) if lead.owner_id is not None else None
    return owner.name if owner else ""


def move_into(session: Session, lead: Lead, other: Lead) -> None:
    """Moves everything that belongs to the other lead, then leaves of it only another name."""
    for table in (lead_events, lead_aliases, takeovers, outbox):
        theirs = table.c.lead_id == other.id
        session.execute(sa.update(table).where(theirs).values(lead_id=lead.id))
    session.execute(sa.delete(leads).where(leads.c.id == other.id))
    session.execute(sa.insert(lead_aliases).values(old_id=other.id, lead_id=lead.id))


def due_ids(session: Session, now: datetime) -> list[int]:
    """Leads that the SLA clock must look at, longest due first; [] if none."""
    is_over = leads.c.snoozed_until <= now
    is_awake = leads.c.snoozed_until.is_(None)
    may_go_on = leads.c.reminded_at.is_(None) | (leads.c.level != LEVELS[-1])
    query = (
        sa.select(leads.c.id)
        .where(leads.c.state.in_(OPEN_STATES))
        .where(is_over | (is_awake & (leads.c.due_at <= now) & may_go_on))
        .order_by(leads.c.due_at, leads.c.id)
        .limit(MOST_AT_ONCE)
    )
    return list(session.execute(query).scalars())


def to_lead(row: Mapping[str, Any]) -> Lead:
    """The lead of a row."""
    values = {f.name: row[f.name] for f in fields(Lead)}
    return Lead(**values | {name: tuple(row[name]) for name in LISTS})


def _to_row(lead: Lead) -> dict[str, Any]:
    row = {f.name: getattr(lead, f.name) for f in fields(lead) if f.name != "id"}
    email_key = lead.email.lower() if lead.email else None
    return row | {name: list(row[name]) for name in LISTS} | {"email_key": email_key}


def _told(session: Session, lead: Lead) -> dict[str, Json]:
    told = {name: getattr(lead, name) for name in TOLD}
    told["owner"] = owner_name(session, lead)
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in told.items()}


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _become_the_writer(session: Session) -> None:
    """SQLite has one writer: a write that changes nothing waits for the turn."""
    session.execute(sa.update(leads).where(sa.false()).values(id=leads.c.id))
