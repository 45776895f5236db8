"""Takes leads in and finds them again. The caller opens the session and owns the transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.announcing import announce
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
from sales.leads.priority import ASKED_AGAIN, asked_again, score
from sales.leads.rows import (
    add_lead,
    alias_target,
    keep_change,
    owner_name,
    read_lead,
    record,
    take_turn,
    to_lead,
    write,
)
from sales.leads.tables import lead_events, leads
from sales.leads.workflow import CLOSED_STATES, ask_again
from sales.office import HOUSE, Office

TAKEN, SAME_PHONE = "taken", "phone_belongs_to"


@dataclass(frozen=True)
class LeadEvent:
    """One line of a lead's history. `before` and `after` may hold personal data."""

    at: datetime
    who: str  # "visitor", "assistant" or a colleague's name
    what: str  # "taken", a field of Lead, "phone_belongs_to", or what was announced
    before: Json = field(repr=False)
    after: Json = field(repr=False)


def take_lead(session: Session, draft: LeadDraft, now: datetime, office: Office = HOUSE) -> Lead:
    """The one lead of this person: opened, or the known one with what the draft adds.

    Known by e-mail (in any case), else by phone. Where the e-mail belongs to one lead and the
    phone to another, the e-mail decides and the history names the other lead. A lead that was
    closed is open again, and new for everybody. Leads are taken one at a time until the caller's
    transaction ends, so two processes never open the same one twice; call it before other reads
    of the same transaction, and end that soon.
    Raises LeadError or ContactError.
    """
    draft = checked_draft(draft)
    take_turn(session)
    known = _known(session, draft)
    return (
        _update(session, known, draft, now, office) if known else _open(session, draft, now, office)
    )


def find_lead(session: Session, reference: str) -> Lead | None:
    """The lead called "L-000017" (also "l-17" or "17"), also by a merged one's name, or None."""
    lead_id = parse_reference(reference)
    return None if lead_id is None else lead_by_id(session, lead_id)


def lead_by_id(session: Session, lead_id: int) -> Lead | None:
    """The lead, or the one it was merged into, or None."""
    return read_lead(session, leads.c.id == lead_id) or read_lead(
        session, leads.c.id == alias_target(lead_id)
    )


def list_leads(session: Session, limit: int = 50, state: str | None = None) -> list[Lead]:
    """Leads, last changed first, at most `limit`; [] if none. `state` picks one state."""
    query = sa.select(leads).order_by(leads.c.updated_at.desc(), leads.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(leads.c.state == state)
    return [to_lead(row) for row in session.execute(query).mappings()]


def every_lead(session: Session) -> Iterator[Lead]:
    """All leads, oldest first, without holding all of them in memory."""
    query = sa.select(leads).order_by(leads.c.id).execution_options(yield_per=200)
    return (to_lead(row) for row in session.execute(query).mappings())


def lead_history(session: Session, lead: Lead) -> list[LeadEvent]:
    """Everything that happened to the lead, oldest first."""
    query = sa.select(lead_events).where(lead_events.c.lead_id == lead.id)
    rows = session.execute(query.order_by(lead_events.c.id)).mappings()
    names = [f.name for f in fields(LeadEvent)]
    return [LeadEvent(**{name: row[name] for name in names}) for row in rows]


def with_priority(lead: Lead) -> Lead:
    """The lead with the priority that its need has now."""
    said = (str(line.get("text")) for line in lead.transcript if line.get("who") == VISITOR)
    priority, reasons = score(lead.need, lead.note, said)
    kept = tuple(reason for reason in lead.priority_reasons if reason.startswith(ASKED_AGAIN))
    return replace(lead, priority=priority, priority_reasons=(*kept, *reasons))


def _known(session: Session, draft: LeadDraft) -> Lead | None:
    """Nobody else changes it until the transaction ends."""
    if draft.email:
        is_theirs = leads.c.email_key == draft.email.lower()
        by_email = read_lead(session, is_theirs, for_update=True)
        if by_email:
            return by_email
    return _by_phone(session, draft.phone, for_update=True)


def _by_phone(session: Session, phone: str | None, for_update: bool = False) -> Lead | None:
    return read_lead(session, leads.c.phone == phone, for_update) if phone else None


def _open(session: Session, draft: LeadDraft, now: datetime, office: Office) -> Lead:
    lead = with_priority(open_lead(draft, now))
    lead = add_lead(session, replace(lead, due_at=office.deadline(now, lead.priority)))
    record(session, lead.id, VISITOR, [Change(TAKEN, None, lead.state)], now)
    announce(session, lead, "created", None, now, office)
    return lead


def _update(session: Session, known: Lead, draft: LeadDraft, now: datetime, office: Office) -> Lead:
    phone_owner = _by_phone(session, draft.phone)
    if phone_owner and phone_owner.id != known.id:
        record(session, known.id, VISITOR, _phone_of_another(session, known, phone_owner), now)
        draft = replace(draft, phone=None)
    lead, changes = merge(known, draft, now)
    record(session, lead.id, VISITOR, changes, now)
    if lead.state in CLOSED_STATES:
        return _reopen(session, lead, now, office)
    return _grown(session, lead, changes, now, office) if changes else lead


def _grown(
    session: Session, lead: Lead, changes: tuple[Change, ...], now: datetime, office: Office
) -> Lead:
    """An open lead with more in it; one that weighs more now is due sooner, never later."""
    before, lead = lead, with_priority(lead)
    if lead.priority != before.priority:
        record(session, lead.id, VISITOR, [Change("priority", before.priority, lead.priority)], now)
    if lead.due_at and not lead.snoozed_until:
        lead = replace(lead, due_at=min(lead.due_at, office.deadline(now, lead.priority)))
    lead = write(session, lead, now)
    changed = {"changed": [change.what for change in changes]}
    announce(session, lead, "updated", None, now, office, changed)
    return lead


def _reopen(session: Session, closed: Lead, now: datetime, office: Office) -> Lead:
    reason = asked_again(closed.state, owner_name(session, closed))
    lead = ask_again(with_priority(replace(closed, priority_reasons=(reason,))), now, office)
    lead = keep_change(session, closed, lead, "reopened", None, now, {"reason": reason})
    announce(session, lead, "reopened", None, now, office)
    return lead


def _phone_of_another(session: Session, lead: Lead, owner: Lead) -> list[Change]:
    """Names the lead that owns the phone number, once for each such lead."""
    told = [event.after for event in lead_history(session, lead) if event.what == SAME_PHONE]
    return [] if owner.reference in told else [Change(SAME_PHONE, None, owner.reference)]
