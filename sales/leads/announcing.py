"""Tells everybody concerned what happened to a lead: outbox rows, one for each route.

Slack's card and the e-mails show the lead as it is when they are sent; a webhook's row holds the
lead as it was when it happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from sales.leads.lead import Json, Lead
from sales.leads.workflow import LEVEL_NAMES
from sales.office import Office
from sales.outbox.store import Notification, enqueue
from sales.team.roles import Member
from sales.team.store import find_member

EMAIL_KINDS = {
    "created": "lead_new",
    "escalated": "lead_escalated",
    "reminder": "lead_late",
    "breached": "lead_late",
}
CALLS_THE_LEVEL = ("escalated", "reminder", "breached")  # whoever is on that level is mentioned
MENTIONED = {"rep": ["rep"], "engineer": ["engineer"], "manager": ["manager", "owner"]}
UNTOLD = ("transcript", "conversation_id", "channel", "recommendation")  # changes on the side
CARD_ONLY = "replied"  # a further reply: no news for other systems
TIMES = (
    "created_at",
    "updated_at",
    "consent_at",
    "due_at",
    "snoozed_until",
    "claimed_at",
    "contacted_at",
    "closed_at",
)
NO_DETAILS: Mapping[str, Json] = {}


def announce(
    session: Session,
    lead: Lead,
    what: str,
    actor: Member | None,
    now: datetime,
    office: Office,
    details: Mapping[str, Json] = NO_DETAILS,
) -> None:
    """Queues the news of one change; without an actor it was the visitor's.

    `what` is created, updated, claimed, contacted, replied, escalated, won, lost, reopened,
    reassigned, snoozed, snooze_ended, note, reminder, breached, merged or released. The lead's
    version must be new: with `what` it makes the keys.
    """
    owner = find_member(session, lead.owner_id) if lead.owner_id is not None else None
    line = _line(lead, what, actor, owner, office, details)
    rows: list[Notification] = []
    if office.routes.slack:
        rows += _for_slack(lead, what, line, details)
    if office.routes.email:
        rows += _for_email(lead, what, actor, line, details)
    if what != CARD_ONLY:
        rows += [
            _for_webhook(url, lead, what, owner, now, office) for url in office.routes.webhooks
        ]
    enqueue(session, rows, now)


def announce_reply(
    session: Session, lead: Lead, actor: Member, text: str, key: str, now: datetime, office: Office
) -> None:
    """Queues for the lead's thread what a colleague wrote to the visitor elsewhere."""
    if office.routes.slack:
        payload = {"author": actor.name, "text": text}
        enqueue(session, [_slack_row(lead.id, "colleague_said", f"slack:said:{key}", payload)], now)


def lead_json(lead: Lead, owner: Member | None, office: Office) -> dict[str, Json]:
    """The lead for other programs: plain JSON, times as ISO 8601 in UTC."""
    return {
        "id": lead.id,
        "reference": lead.reference,
        "url": office.page_of(lead.id),
        "state": lead.state,
        "level": lead.level,
        "owner": {"name": owner.name, "email": owner.email} if owner else None,
        "priority": lead.priority,
        "priority_reasons": list(lead.priority_reasons),
        "contact": {n: getattr(lead, n) for n in ("name", "email", "phone", "company")},
        "note": lead.note,
        "need": dict(lead.need),
        "recommendation": lead.recommendation,
        "products": list(lead.products),
        "channel": lead.channel,
        "closed_reason": lead.closed_reason,
        **{name: _iso(getattr(lead, name)) for name in TIMES},
    }


def _for_slack(lead: Lead, what: str, line: str, details: Mapping[str, Json]) -> list[Notification]:
    """The card, and a line in its thread when the card alone would not tell."""
    key = f"slack:{_key(lead, what)}"
    rows = [_slack_row(lead.id, "lead_card", f"{key}:card", {})]
    if line and details.get("said_in") != "slack":
        roles = MENTIONED[lead.level] if what in CALLS_THE_LEVEL else []
        payload = {"text": line, "mention_roles": roles}
        rows.append(_slack_row(lead.id, "thread", f"{key}:thread", payload))
    if what == "merged":  # the other lead's card and thread say where to go on
        payload = {"text": f"This is {lead.reference} now.", "mention_roles": []}
        rows.append(_slack_row(details["other_id"], "lead_card", f"{key}:other_card", {}))
        rows.append(_slack_row(details["other_id"], "thread", f"{key}:other_thread", payload))
    return rows


def _slack_row(lead_id: int, kind: str, key: str, payload: Mapping[str, Json]) -> Notification:
    return Notification("slack", kind, key, f"lead:{lead_id}", payload, lead_id)


def _for_email(
    lead: Lead, what: str, actor: Member | None, line: str, details: Mapping[str, Json]
) -> list[Notification]:
    is_back = what == "reopened" and actor is None
    kind = "lead_new" if is_back else EMAIL_KINDS.get(what)
    if kind is None:
        return []
    payload = {"lead_id": lead.id, "level": lead.level, "reason": details.get("reason") or line}
    key = f"email:{_key(lead, what)}"
    return [Notification("email", kind, key, f"email:{lead.id}", payload, lead.id)]


def _for_webhook(
    url: str, lead: Lead, what: str, owner: Member | None, now: datetime, office: Office
) -> Notification:
    payload = {
        "url": url,
        "event": f"lead.{what}",
        "lead": lead_json(lead, owner, office),
        "at": _iso(now),
    }
    target = hashlib.sha256(url.encode()).hexdigest()[:12]  # an address may hold a token
    key = f"webhook:{_key(lead, what)}:{target}"
    stream = f"webhook:{url}:{lead.id}"
    return Notification("webhook", f"lead.{what}", key, stream, payload, lead.id)


def _key(lead: Lead, what: str) -> str:
    return f"lead:{lead.id}:event:{lead.version}:{what}"


def _line(
    lead: Lead,
    what: str,
    actor: Member | None,
    owner: Member | None,
    office: Office,
    details: Mapping[str, Json],
) -> str:
    """What the lead's thread says about it; "" when the card says it all."""
    who = actor.name if actor else "The visitor"
    whose = owner.name if owner else "Nobody"
    reason = details.get("reason", "")
    added = [name for name in details.get("changed", ()) if name not in UNTOLD]
    due = f" It was due {_local(lead.due_at, office)}." if lead.due_at else ""
    woke = f"The snooze is over. {whose} looks after it." if owner else "The snooze is over."
    lines = {
        "updated": f"The visitor added: {', '.join(added)}." if added else "",
        "escalated": f"{who} escalated it to {LEVEL_NAMES[lead.level]}: {reason}",
        "reassigned": f"{who} gave the lead to {whose}.",
        "reopened": reason or f"{who} reopened it.",
        "released": f"{who} handed the visitor back to the assistant.",
        "reminder": f"Nobody has claimed {lead.reference} yet.{due}",
        "breached": f"Nobody has claimed {lead.reference}, and no level is left.{due}",
        "snooze_ended": woke,
        "note": f"{who} noted: {details.get('text', '')}",
        "merged": f"{who} merged {details.get('other', '')} into this lead.",
    }
    return lines.get(what, "")


def _local(at: datetime, office: Office) -> str:
    """In the office's own time: "Tue 14:30 PDT"."""
    return at.astimezone(ZoneInfo(office.hours.timezone)).strftime("%a %H:%M %Z")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
