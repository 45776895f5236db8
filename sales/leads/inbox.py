"""Which leads the inbox shows, most urgent first. The caller opens the session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.lead import Lead, parse_reference
from sales.leads.rows import alias_target, to_lead
from sales.leads.tables import leads
from sales.leads.workflow import CLOSED_STATES, LEVELS, OPEN_STATES, PRIORITIES
from sales.team.roles import Member

View = Literal["all", "open", "mine", "unclaimed", "breached", "escalated", "closed"]
VIEWS: tuple[View, ...] = get_args(View)
FEWEST_PHONE_DIGITS = 4  # of a search that looks like a phone number
OVERDUE, DUE, NOTHING_DUE, CLOSED = range(4)


def leads_in_inbox(
    session: Session,
    *,
    view: View,
    member: Member,
    search: str = "",
    now: datetime,
    limit: int = 50,
    offset: int = 0,
) -> list[Lead]:
    """The leads of one view; [] if none.

    Overdue ones first, then by deadline, priority and last change; closed ones by when they were
    closed. `search` keeps those that have every word in name, contact, company, note or products;
    a reference finds its lead, in any view.
    """
    query = sa.select(leads).where(*_conditions(view, member, now, search))
    query = query.order_by(*_order(view, now)).limit(limit).offset(offset)
    return [to_lead(row) for row in session.execute(query).mappings()]


def count_leads(
    session: Session, member: Member, now: datetime, search: str = ""
) -> Mapping[View, int]:
    """How many leads each view has."""
    counts = {
        view: sa.select(sa.func.count(leads.c.id))
        .where(*_conditions(view, member, now, search))
        .scalar_subquery()
        for view in VIEWS
    }
    row = session.execute(sa.select(*(count.label(view) for view, count in counts.items()))).one()
    return {view: row._mapping[view] for view in VIEWS}


def _conditions(view: View, member: Member, now: datetime, search: str) -> list[Any]:
    in_view = _in_view(view, member, now)
    lead_id = parse_reference(search)
    if lead_id is not None:
        is_called = (leads.c.id == lead_id) | (leads.c.id == alias_target(lead_id))
        return [is_called | sa.and_(in_view, *_matching(search))]
    return [in_view, *_matching(search)]


def _in_view(view: View, member: Member, now: datetime) -> Any:
    is_open = leads.c.state.in_(OPEN_STATES)
    return {
        "all": sa.true(),
        "open": is_open,
        "mine": is_open & (leads.c.owner_id == member.id),
        "unclaimed": is_open & leads.c.owner_id.is_(None),
        "breached": is_open & (leads.c.breached_at.is_not(None) | _is_overdue(now)),
        "escalated": is_open & (leads.c.level != LEVELS[0]),
        "closed": leads.c.state.in_(CLOSED_STATES),
    }[view]


def _is_overdue(now: datetime) -> Any:
    return leads.c.snoozed_until.is_(None) & (leads.c.due_at < now)


def _order(view: View, now: datetime) -> list[Any]:
    newest_first = [leads.c.updated_at.desc(), leads.c.id.desc()]
    if view == "closed":
        return [leads.c.closed_at.desc(), *newest_first]
    urgency: Any = sa.case(
        (leads.c.state.in_(CLOSED_STATES), CLOSED),
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
