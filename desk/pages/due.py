"""The SLA clock in words: what is due, and how late it is. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sales.leads.lead import Lead
from sales.leads.workflow import CLOSED_STATES, LEVEL_NAMES

SOON = timedelta(minutes=10)


@dataclass(frozen=True)
class Due:
    """What the clock says. `at` is the time that it is about."""

    text: str
    kind: str  # bad, warn, muted or "": how it looks
    at: datetime | None = None


def due(lead: Lead, now: datetime) -> Due:
    """Whether somebody must act on the lead, and by when."""
    if lead.state in CLOSED_STATES:
        return Due(f"{lead.state} {_gap(now, lead.closed_at)} ago", "muted", lead.closed_at)
    if lead.snoozed_until:
        gap = _gap(now, lead.snoozed_until)
        return Due(f"asleep for {gap}", "muted", lead.snoozed_until)
    if lead.due_at is None:
        return Due("nothing due", "muted")
    if lead.due_at < now:
        return Due(f"{_gap(lead.due_at, now)} late", "bad", lead.due_at)
    kind = "warn" if lead.due_at - now <= SOON else ""
    return Due(f"due in {_gap(now, lead.due_at)}", kind, lead.due_at)


def waits_for(lead: Lead) -> str:
    """What the lead waits for: "a senior engineer to take it"; "" when somebody has it."""
    if lead.state in CLOSED_STATES or lead.due_at is None:
        return ""
    return f"{LEVEL_NAMES[lead.level]} to claim it"


def gap_text(gap: timedelta) -> str:
    """ "under a minute", "5 min", "3 h 20 min", "2 days"."""
    minutes = gap // timedelta(minutes=1)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes} min" if minutes and hours < 12 else f"{hours} h"


def _gap(earlier: datetime, later: datetime | None) -> str:
    return gap_text(abs((later or earlier) - earlier))
