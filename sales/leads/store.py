"""Takes leads in and finds them again. The caller opens the session and owns the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.lead import (
    VISITOR,
    Change,
    Json,
    Lead,
    LeadDraft,
    checked_draft,
    merge,
    open_lead,
    parse_reference,
)
from sales.leads.tables import lead_events, leads

TAKING_LEADS = 0x1EAD  # PostgreSQL advisory lock: one take_lead at a time
TAKEN, SAME_PHONE = "taken", "phone_belongs_to"


@dataclass(frozen=True)
class LeadEvent:
    """One line of a lead's history. `before` and `after` may hold personal data."""

    at: datetime
    who: str
    what: str  # "taken", a field of Lead, or "phone_belongs_to"
    before: Json = field(repr=False)
    after: Json = field(repr=False)


def take_lead(session: Session, draft: LeadDraft, now: datetime) -> Lead:
    """The one lead of this person: opened, or the known one with what the draft adds.

    Known by e-mail (in any case), else by phone. Where the e-mail belongs to one lead and the
    phone to another, the e-mail decides and the history names the other lead. Leads are taken one
    at a time until the caller's transaction ends, so two processes never open the same one twice;
    call it before other reads of the same transaction, and end that soon.
    Raises LeadError or ContactError.
    """
    draft = checked_draft(draft)
    _wait_for_turn(session)
    known = _known(session, draft)
    return _update(session, known, draft, now) if known else _open(session, draft, now)


def find_lead(session: Session, reference: str) -> Lead | None:
    """The lead called "L-000017" (also "l-17"), or None."""
    lead_id = parse_reference(reference)
    return None if lead_id is None else _first(session, leads.c.id == lead_id)


def list_leads(session: Session, limit: int = 50, state: str | None = None) -> list[Lead]:
    """Leads, last changed first, at most `limit`; [] if none. `state` picks one state."""
    query = sa.select(leads).order_by(leads.c.updated_at.desc(), leads.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(leads.c.state == state)
    return [_to_lead(row) for row in session.execute(query).mappings()]


def every_lead(session: Session) -> Iterator[Lead]:
    """All leads, oldest first, without holding all of them in memory."""
    query = sa.select(leads).order_by(leads.c.id).execution_options(yield_per=200)
    return (_to_lead(row) for row in session.execute(query).mappings())


def lead_history(session: Session, lead: Lead) -> list[LeadEvent]:
    """Everything that happened to the lead, oldest first."""
    query = sa.select(lead_events).where(lead_events.c.lead_id == lead.id)
    rows = session.execute(query.order_by(lead_events.c.id)).mappings()
    names = [f.name for f in fields(LeadEvent)]
    return [LeadEvent(**{name: row[name] for name in names}) for row in rows]


def _wait_for_turn(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(TAKING_LEADS)))
    else:  # SQLite has one writer: a write that changes nothing waits for the turn
        session.execute(sa.update(leads).where(sa.false()).values(id=leads.c.id))


def _known(session: Session, draft: LeadDraft) -> Lead | None:
    by_email = _first(session, leads.c.email_key == _key(draft.email)) if draft.email else None
    return by_email or _by_phone(session, draft.phone)


def _by_phone(session: Session, phone: str | None) -> Lead | None:
    return _first(session, leads.c.phone == phone) if phone else None


def _first(session: Session, condition: Any) -> Lead | None:
    row = session.execute(sa.select(leads).where(condition)).mappings().first()
    return _to_lead(row) if row else None


def _open(session: Session, draft: LeadDraft, now: datetime) -> Lead:
    lead = open_lead(draft, now)
    added: Any = session.execute(sa.insert(leads).values(_to_row(lead)))
    lead = replace(lead, id=added.inserted_primary_key[0])
    _record(session, lead, [Change(TAKEN, None, lead.state)], now)
    return lead


def _update(session: Session, known: Lead, draft: LeadDraft, now: datetime) -> Lead:
    owner = _by_phone(session, draft.phone)
    if owner and owner.id != known.id:
        _record(session, known, _phone_of_another(session, known, owner), now)
        draft = replace(draft, phone=None)
    lead, changes = merge(known, draft, now)
    if changes:
        session.execute(sa.update(leads).where(leads.c.id == lead.id).values(_to_row(lead)))
        _record(session, lead, changes, now)
    return lead


def _phone_of_another(session: Session, lead: Lead, owner: Lead) -> list[Change]:
    """Names the lead that owns the phone number, once for each such lead."""
    told = [event.after for event in lead_history(session, lead) if event.what == SAME_PHONE]
    return [] if owner.reference in told else [Change(SAME_PHONE, None, owner.reference)]


def _record(session: Session, lead: Lead, changes: Iterable[Change], now: datetime) -> None:
    rows = [
        {
            "lead_id": lead.id,
            "at": now,
            "who": VISITOR,
            "what": change.what,
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]
    if rows:
        session.execute(sa.insert(lead_events), rows)


def _key(email: str | None) -> str | None:
    return email.lower() if email else None


def _to_row(lead: Lead) -> dict[str, Any]:
    row = {f.name: getattr(lead, f.name) for f in fields(lead) if f.name != "id"}
    lists = {"products": list(lead.products), "transcript": list(lead.transcript)}
    return {**row, **lists, "email_key": _key(lead.email)}


def _to_lead(row: Mapping[str, Any]) -> Lead:
    values = {f.name: row[f.name] for f in fields(Lead)}
    values["products"], values["transcript"] = tuple(row["products"]), tuple(row["transcript"])
    return Lead(**values)
