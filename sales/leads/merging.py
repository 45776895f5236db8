"""Two leads that turned out to be one. No database here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sales.leads.lead import Lead, appended, extended
from sales.leads.workflow import CLOSED_STATES, LEVELS, TransitionRefusedError

CONTACT_FIELDS = ("name", "email", "phone", "company")
OTHER_CONTACTS = re.compile(r"^Also, from L-\d+: (.+)$", re.M)


def merge_leads(lead: Lead, other: Lead) -> Lead:
    """The first lead with everything of the other; where contacts differ, its own stay.

    The other's contacts go into the note. Work goes on where it had come further: an unclaimed
    lead takes owner and state of the other.
    """
    if lead.id == other.id:
        raise TransitionRefusedError(f"{lead.reference} cannot be merged with itself.")
    if lead.state in CLOSED_STATES and other.state not in CLOSED_STATES:
        raise TransitionRefusedError(
            f"{lead.reference} is {lead.state} and {other.reference} is open; reopen the first, "
            "or merge them the other way round."
        )
    merged = replace(
        lead,
        created_at=min(lead.created_at, other.created_at),
        consent_at=min(lead.consent_at, other.consent_at),
        **{name: getattr(lead, name) or getattr(other, name) for name in CONTACT_FIELDS},
        note=appended(appended(lead.note, other.note), _other_contacts(lead, other)),
        need={**other.need, **lead.need},
        recommendation=lead.recommendation or other.recommendation,
        products=tuple(dict.fromkeys((*lead.products, *other.products))),
        conversation_id=lead.conversation_id or other.conversation_id,
        channel=lead.channel if lead.conversation_id else other.channel,
        transcript=extended(lead.transcript, other.transcript),
        level=max(lead.level, other.level, key=LEVELS.index),
        breached_at=min(filter(None, (lead.breached_at, other.breached_at)), default=None),
    )
    is_further = lead.owner_id is None and other.owner_id is not None
    return _with_work_of(merged, other) if is_further else merged


def _with_work_of(lead: Lead, other: Lead) -> Lead:
    """Who looks after the other lead looks after this one."""
    if lead.state in CLOSED_STATES or other.state in CLOSED_STATES:
        return lead
    names = ("state", "owner_id", "claimed_at", "contacted_at", "snoozed_until", "due_at")
    return replace(lead, reminded_at=other.reminded_at, **{n: getattr(other, n) for n in names})


def _other_contacts(lead: Lead, other: Lead) -> str:
    """A line for the note with what the other lead has differently; "" for nothing."""
    different = [
        getattr(other, name)
        for name in CONTACT_FIELDS
        if getattr(lead, name) and getattr(other, name) not in (None, "", getattr(lead, name))
    ]
    return f"Also, from {other.reference}: {', '.join(different)}" if different else ""


def contacts_in_note(note: str) -> Iterator[tuple[str, str]]:
    """(field, value) of what `_other_contacts` wrote; a company alone counts as a name."""
    for line in OTHER_CONTACTS.findall(note):
        for place, text in enumerate(line.split(", ")):
            if "@" in text:
                yield "email", text
            elif text.startswith("+"):
                yield "phone", text
            elif place == 0:
                yield "name", text
