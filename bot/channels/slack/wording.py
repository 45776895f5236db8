"""Leads in a few words, for colleagues in Slack. Markdown; names and contacts are in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sales.leads.lead import Lead
from sales.leads.need_wording import need_line, need_rows
from sales.leads.workflow import LEVEL_NAMES
from sales.office import Office

TITLES = {
    "open": "Open leads",
    "mine": "Your leads",
    "unclaimed": "Unclaimed leads",
    "breached": "Late leads",
    "escalated": "Escalated leads",
    "closed": "Closed leads",
}
NOBODY = "nobody yet"


def lead_list(
    view: str, leads: Sequence[Lead], owners: Mapping[int, str], now: datetime, office: Office
) -> str:
    """The leads of a view, one line each."""
    title = TITLES[view]
    if not leads:
        return f"**{title}:** none."
    lines = [f"- {_line(lead, owners.get(lead.owner_id or 0, ''), now, office)}" for lead in leads]
    return "\n".join([f"**{title}**", *lines])


def _line(lead: Lead, owner: str, now: datetime, office: Office) -> str:
    told = [
        lead.company or lead.name or "no name",
        need_line(lead.need),
        f"{lead.priority} priority" if lead.priority != "normal" else "",
        standing(lead, owner, now, office),
    ]
    return f"**{lead.reference}** {', '.join(part for part in told if part)}"


def standing(lead: Lead, owner: str, now: datetime, office: Office) -> str:
    """Where the lead stands: "new, due Mon 14:30", "claimed by Ann Lee, with a manager"."""
    by = f" by {owner}" if owner and lead.state != "new" else ""
    told = [f"{lead.state}{by}"]
    if lead.level != "rep":
        told.append(f"with {LEVEL_NAMES[lead.level]}")
    if lead.snoozed_until and lead.snoozed_until > now:
        told.append(f"asleep until {local_time(lead.snoozed_until, office)}")
    elif lead.due_at:
        late = "late since" if lead.due_at < now else "due"
        told.append(f"{late} {local_time(lead.due_at, office)}")
    return ", ".join(told)


def local_time(at: datetime, office: Office) -> str:
    """ "Mon 14:30", in the office's time zone."""
    return f"{at.astimezone(ZoneInfo(office.hours.timezone)):%a %H:%M}"


def lead_page(lead: Lead, owner: str, now: datetime, office: Office) -> str:
    """Everything about one lead that a colleague needs before calling."""
    reach = ", ".join(filter(None, (lead.email, lead.phone)))
    rows = [
        ("Stands", standing(lead, owner, now, office)),
        ("Owner", owner or NOBODY),
        ("Contact", ", ".join(filter(None, (lead.name, lead.company, reach)))),
        ("Priority", ": ".join(filter(None, (lead.priority, "; ".join(lead.priority_reasons))))),
        ("Need", "; ".join(f"{label}: {words}" for label, words in need_rows(lead.need))),
        ("Recommended", str((lead.recommendation or {}).get("text") or "")),
        ("Products", ", ".join(lead.products)),
        ("Note", lead.note),
    ]
    page = office.page_of(lead.id)
    lines = [f"- {label}: {value}" for label, value in rows if value]
    return "\n".join(
        [f"**{lead.reference}**", *lines, *([f"[Open in the desk]({page})"] if page else [])]
    )


def owner_line(lead: Lead, owner: str, now: datetime, office: Office) -> str:
    """The answer to "who has lead 17?"."""
    if not owner:
        return f"Nobody has {lead.reference} yet ({standing(lead, '', now, office)})."
    return f"{owner} has {lead.reference} ({standing(lead, '', now, office)})."
