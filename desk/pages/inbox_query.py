"""Which leads the inbox shows, most urgent first. The caller opens the session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.lead import Lead, parse_reference
from sales.leads.rows import to_lead
from sales.leads.tables import lead_aliases, leads
from sales.leads.workflow import CLOSED_STATES, LEVELS, OPEN_STATES, PRIORITIES
from sales.team.roles import Member

VIEWS = ("unclaimed", "mine", "late", "escalated", "open", "closed")
FEWEST_PHONE_DIGITS = 4  # of a search that looks like a phone number
OVERDUE, DUE, NOTHING_DUE = range(3)


def leads_of_view(
    session: Session,
    view: str,
    member: Member,
    now: datetime,
    search: str = "",
    limit: int = 50,
    offset: int = 0,
) -> list[Lead]:
    """Leads of one of VIEWS; [] if none.

    Overdue ones first, then by deadline, priority and last change; closed ones by when they were
    closed. `search` keeps those that have every word in name, contact, company, note or products;
    a reference finds its lead, in any view.
    """
    query = sa.select(leads).where(*_conditions(view, member, now, search))
    query = query.order_by(*_order(view, now)).limit(limit).offset(offset)
    return [to_lead(row) for row in session.execute(query).mappings()]


def count_leads(
    session: Session, member: Member, now: datetime, search: str = ""
) -> Mapping[str, int]:
    """How many leads each of VIEWS has."""
    counts = {
        view: sa.select(sa.func.count(leads.c.id))
        .where(*_conditions(view, member, now, search))
        .scalar_subquery()
        for view in VIEWS
    }
    row = session.execute(sa.select(*(count.label(view) for view, count in counts.items()))).one()
    return dict(row._mapping)


def _conditions(view: str, member: Member, now: datetime, search: str) -> list[Any]:
    in_view = _in_view(view, member, now)
    lead_id = parse_reference(search)
    if lead_id is not None:
        return [_is_called(lead_id) | sa.and_(in_view, *_matching(search))]
    return [in_view, *_matching(search)]


def _in_view(view: str, member: Member, now: datetime) -> Any:
    is_open = leads.c.state.in_(OPEN_STATES)
    conditions: Mapping[str, Any] = {
        "unclaimed": is_open & leads.c.owner_id.is_(None),
        "mine": is_open & (leads.c.owner_id == member.id),
        "late": is_open & (leads.c.breached_at.is_not(None) | _is_overdue(now)),
        "escalated": is_open & (leads.c.level != LEVELS[0]),
        "open": is_open,
        "closed": leads.c.state.in_(CLOSED_STATES),
    }
    return conditions[view]


def _is_overdue(now: datetime) -> Any:
    return leads.c.snoozed_until.is_(None) & (leads.c.due_at < now)


def _order(view: str, now: datetime) -> list[Any]:
    newest_first = [leads.c.updated_at.desc(), leads.c.id.desc()]
    if view == "closed":
        return [leads.c.closed_at.desc(), *newest_first]
    urgency: Any = sa.case(
        (_is_overdue(now), OVERDUE),
        (leads.c.due_at.is_not(None) & leads.c.snoozed_until.is_(None), DUE),
        else_=NOTHING_DUE,
    )
    ranks = {priority: -rank for rank, priority in enumerate(PRIORITIES)}
    priority: Any = sa.case(ranks, value=leads.c.priority, else_=0)
    return [urgency, leads.c.due_at.is_(None), leads.c.due_at, priority, *newest_first]


def _matching(search: str) -> list[Any]:
    """One condition for each word; a phone number may be written in any way."""
    digits = re.sub(r"\D", "", search)
    if len(digits) >= FEWEST_PHONE_DIGITS and not re.search(r"[a-z@]", search, re.IGNORECASE):
        return [leads.c.phone.contains(digits) | sa.and_(*map(_has_word, search.split()))]
    return [_has_word(word) for word in search.split()]


def _has_word(word: str) -> Any:
    """In any case; SQLite knows the case of ASCII letters only, so the word as it is counts too."""
    texts = (leads.c.name, leads.c.email, leads.c.company, leads.c.phone, leads.c.note)
    columns = (*texts, sa.cast(leads.c.products, sa.Text))
    return sa.or_(
        *(sa.func.lower(column).contains(word.lower(), autoescape=True) for column in columns),
        *(column.contains(word, autoescape=True) for column in texts),
    )


def _is_called(lead_id: int) -> Any:
    merged = sa.select(lead_aliases.c.lead_id).where(lead_aliases.c.old_id == lead_id)
    return (leads.c.id == lead_id) | leads.c.id.in_(merged)
