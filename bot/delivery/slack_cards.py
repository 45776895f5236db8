"""Which message in the sales channel is a lead's card, and what that card shows.

The caller opens the session and owns the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.slack.lead_card import LeadCard
from sales.catalog.store import product_by_sku
from sales.leads.lead import Lead
from sales.leads.store import lead_by_id
from sales.leads.tables import leads
from sales.office import Office
from sales.outbox.tables import outbox, slack_cards
from sales.takeover.store import current_of_lead
from sales.team.store import all_members, find_member

MOST_MENTIONS = 10  # colleagues called at once


@dataclass(frozen=True)
class Place:
    """Where a card is. Its `ts` is also the thread's."""

    lead_id: int
    channel: str
    ts: str
    told_lines: int = 0  # of the transcript, in the thread


@dataclass(frozen=True)
class Known:
    """What a sender needs to know about a lead at one moment."""

    card: LeadCard | None = field(repr=False)  # None: the lead is gone
    place: Place | None
    is_merged: bool  # `card` is of the lead that it went into
    is_first: bool  # nothing was ever sent to Slack about this lead


def known_lead(session: Session, lead_id: int, delivery_id: int, office: Office) -> Known:
    """The lead as it is now, with its card's place."""
    lead = lead_by_id(session, lead_id)
    row = session.execute(sa.select(slack_cards).where(slack_cards.c.lead_id == lead_id)).first()
    earlier = (outbox.c.stream == f"lead:{lead_id}") & (outbox.c.channel == "slack")
    query = sa.select(outbox.c.id).where(earlier, outbox.c.id < delivery_id).limit(1)
    return Known(
        card=_card(session, lead, office) if lead else None,
        place=Place(**row._mapping) if row else None,
        is_merged=lead is not None and lead.id != lead_id,
        is_first=session.execute(query).first() is None,
    )


def keep_place(session: Session, place: Place) -> bool:
    """Remember where the card is; False when the lead was erased while it was posted."""
    forget_place(session, place.lead_id)  # a write first: on SQLite it waits for the turn
    is_there = sa.select(leads.c.id).where(leads.c.id == place.lead_id).with_for_update()
    if session.execute(is_there).first() is None:
        return False
    values = {name: getattr(place, name) for name in Place.__dataclass_fields__}
    session.execute(sa.insert(slack_cards).values(**values))
    return True


def keep_told_lines(session: Session, lead_id: int, lines: int) -> None:
    """Remember how much of the transcript is in the thread."""
    mine = slack_cards.c.lead_id == lead_id
    session.execute(sa.update(slack_cards).where(mine).values(told_lines=lines))


def forget_place(session: Session, lead_id: int) -> None:
    """The lead has no card any more."""
    session.execute(sa.delete(slack_cards).where(slack_cards.c.lead_id == lead_id))


def slack_users(session: Session, roles: list[str]) -> list[str]:
    """The Slack users of active colleagues with one of the roles; [] if none has one."""
    found: list[Any] = [
        member.slack_user_id
        for member in all_members(session)
        if member.is_active and member.role in roles and member.slack_user_id
    ]
    return found[:MOST_MENTIONS]


def _card(session: Session, lead: Lead, office: Office) -> LeadCard:
    owner = find_member(session, lead.owner_id) if lead.owner_id is not None else None
    takeover = current_of_lead(session, lead.id)
    titles = ((sku, product_by_sku(session, sku)) for sku in lead.products)
    return LeadCard(
        lead=lead,
        owner=owner.name if owner else "",
        products=tuple((sku, product.title if product else "") for sku, product in titles),
        speaker=takeover.author if takeover else "",
        page=office.page_of(lead.id),
    )
