"""What a lead is, and how a second message from the same person changes it. No database here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from sales.contact import parse_email, parse_phone

NEW = "new"
STATES = (NEW, "claimed", "contacted", "won", "lost")
VISITOR = "visitor"  # who changed a lead, in its history
REFERENCE = re.compile(r"\s*(?:L-?)?(\d{1,9})\s*", re.IGNORECASE)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LONGEST_NAME, LONGEST_NOTE = 200, 4_000  # characters

Json = Any  # what json.loads gives: dict, list, str, number, bool, None


class LeadError(ValueError):
    """The lead cannot be taken: the caller left something out. No personal data in the text."""


class ConsentMissingError(LeadError):
    def __init__(self) -> None:
        super().__init__("Ask the visitor's consent first, then set consent=True.")


class ContactMissingError(LeadError):
    def __init__(self) -> None:
        super().__init__("A lead needs an e-mail address or a phone number.")


@dataclass(frozen=True)
class LeadDraft:
    """What the conversation knows about a person who wants to be contacted.

    `need` and `recommendation` are JSON; `transcript` holds {"who", "text", "at", "id"} lines and
    may repeat lines that were handed over before.
    """

    consent: bool
    name: str = field(default="", repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    company: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    need: Mapping[str, Json] = field(default_factory=dict)
    recommendation: Mapping[str, Json] | None = None
    products: tuple[str, ...] = ()
    conversation_id: str = ""
    transcript: tuple[Mapping[str, Json], ...] = field(default=(), repr=False)
    channel: str = "website"


@dataclass(frozen=True)
class Lead:
    """A person to contact. Times are UTC; `id` is 0 until the lead is stored."""

    id: int
    created_at: datetime
    updated_at: datetime
    consent_at: datetime
    state: str
    channel: str
    conversation_id: str
    name: str = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)  # E.164
    company: str = field(repr=False)
    note: str = field(repr=False)
    need: Mapping[str, Json]
    recommendation: Mapping[str, Json] | None
    products: tuple[str, ...]
    transcript: tuple[Mapping[str, Json], ...] = field(repr=False)
    owner_id: int | None = None  # the member who looks after it; kept when it is closed
    level: str = "rep"
    priority: str = "normal"
    priority_reasons: tuple[str, ...] = field(default=(), repr=False)
    due_at: datetime | None = None  # when somebody must have claimed it; None: nothing is due
    reminded_at: datetime | None = None
    breached_at: datetime | None = None  # when it was first claimed too late or escalated for it
    snoozed_until: datetime | None = None
    claimed_at: datetime | None = None
    contacted_at: datetime | None = None
    closed_at: datetime | None = None
    closed_reason: str = field(default="", repr=False)
    version: int = 0  # raised by every change

    @property
    def reference(self) -> str:
        """What people call the lead: L-000017."""
        return f"L-{self.id:06d}"


@dataclass(frozen=True)
class Change:
    """One thing that changed: a field of Lead, or what the store notes besides."""

    what: str
    before: Json = field(repr=False)
    after: Json = field(repr=False)


def parse_reference(text: str) -> int | None:
    """The id in "L-000017" (also "l-17" and "17"), or None."""
    found = REFERENCE.fullmatch(text)
    return int(found.group(1)) if found else None


def checked_draft(draft: LeadDraft) -> LeadDraft:
    """The draft in storable form: contacts normalised, texts cleaned and cut, JSON plain.

    Raises ConsentMissingError or ContactMissingError; ContactError for an unusable contact.
    """
    if draft.consent is not True:
        raise ConsentMissingError
    if not (draft.email or draft.phone):
        raise ContactMissingError
    return replace(
        draft,
        name=_line(draft.name),
        email=parse_email(draft.email, as_typed=True) if draft.email else None,
        phone=parse_phone(draft.phone) if draft.phone else None,
        company=_line(draft.company),
        note=_clean(draft.note).strip()[:LONGEST_NOTE],
        conversation_id=_clean(draft.conversation_id),
        need=_plain(draft.need),
        recommendation=_plain(draft.recommendation),
        products=tuple(dict.fromkeys(draft.products)),
        transcript=tuple(_plain(draft.transcript)),
    )


def open_lead(draft: LeadDraft, now: datetime) -> Lead:
    """A new lead from a checked draft, not stored yet."""
    now = now.astimezone(UTC)
    shared = {f.name: getattr(draft, f.name) for f in fields(draft) if f.name != "consent"}
    return Lead(id=0, created_at=now, updated_at=now, consent_at=now, state=NEW, **shared)


def merge(lead: Lead, draft: LeadDraft, now: datetime) -> tuple[Lead, tuple[Change, ...]]:
    """The lead with what a checked draft adds, and what changed; a repeat changes nothing.

    The latest answer wins where it is given; notes, products and transcript only grow. Consent
    and state stay as they are.
    """
    merged = replace(
        lead,
        name=draft.name or lead.name,
        email=draft.email or lead.email,
        phone=draft.phone or lead.phone,
        company=draft.company or lead.company,
        note=appended(lead.note, draft.note),
        need=draft.need or lead.need,
        recommendation=draft.recommendation or lead.recommendation,
        products=tuple(dict.fromkeys((*lead.products, *draft.products))),
        conversation_id=draft.conversation_id or lead.conversation_id,
        transcript=extended(lead.transcript, draft.transcript),
        channel=draft.channel or lead.channel,
    )
    changes = _changes(lead, merged)
    return (replace(merged, updated_at=now.astimezone(UTC)) if changes else lead), changes


def _changes(before: Lead, after: Lead) -> tuple[Change, ...]:
    """The transcript is told by its number of lines: the lines themselves are in the lead."""
    found = []
    for name in (f.name for f in fields(Lead)):
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        told = len if name == "transcript" else _plain
        found.append(Change(name, told(old), told(new)))
    return tuple(found)


def appended(notes: str, note: str) -> str:
    """The notes and the note below; one that is there as whole lines is not written twice."""
    if not note or f"\n{note}\n" in f"\n{notes}\n":
        return notes
    return f"{notes}\n{note}".strip()


def extended(
    known: tuple[Mapping[str, Json], ...], told: tuple[Mapping[str, Json], ...]
) -> tuple[Mapping[str, Json], ...]:
    """The transcript with the lines that it did not have."""
    ids = {line["id"] for line in known if "id" in line}
    new = (line for line in told if line not in known and line.get("id") not in ids)
    return known + tuple(new)


def _line(text: str) -> str:
    return " ".join(_clean(text).split())[:LONGEST_NAME]


def _clean(text: str) -> str:
    """Without control characters and broken surrogates, which PostgreSQL refuses."""
    return UNPRINTABLE.sub("", text)


def _plain(value: Json) -> Json:
    """The value as JSON gives it back: tuples become lists, texts are clean."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, Mapping):
        return {_clean(str(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return json.loads(json.dumps(value, allow_nan=False))
