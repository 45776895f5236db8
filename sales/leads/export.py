"""Leads as a CSV file that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
import json
import unicodedata
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy.orm import Session

from sales.leads.lead import Lead
from sales.leads.store import every_lead
from sales.team.store import all_members

COLUMNS = (
    "reference",
    "state",
    "owner",
    "level",
    "priority",
    "priority_reasons",
    "created_at",
    "updated_at",
    "consent_at",
    "due_at",
    "breached_at",
    "snoozed_until",
    "claimed_at",
    "contacted_at",
    "closed_at",
    "closed_reason",
    "name",
    "email",
    "phone",
    "company",
    "note",
    "need",
    "recommendation",
    "products",
    "channel",
    "conversation_id",
    "transcript",
)
STARTS_A_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20\u2212"  # and as wide characters
INVISIBLE = ("Z", "C")  # of Unicode's categories: spaces, and what has no width


def export_leads(session: Session, file: TextIO) -> int:
    """Writes every lead, oldest first, and says how many. Open the file with newline="".

    A cell that a spreadsheet would take for a formula gets an apostrophe in front; so do phone
    numbers, whose + would be lost otherwise.
    """
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    names = {member.id: member.name for member in all_members(session)}
    written = 0
    for lead in every_lead(session):
        owner = names.get(lead.owner_id, "") if lead.owner_id else ""
        writer.writerow(_safe(_cell(lead, column, owner)) for column in COLUMNS)
        written += 1
    return written


def _cell(lead: Lead, column: str, owner: str) -> str:
    if column == "owner":
        return owner
    value = getattr(lead, column)
    if column in ("products", "priority_reasons"):
        return "; ".join(value)
    if column == "transcript":
        return "\n".join(f"{line.get('who')}: {line.get('text')}" for line in value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return _text(value)


def _text(value: Any) -> str:
    """Empty for nothing; JSON for what is neither text nor nothing."""
    if not value:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _safe(cell: str) -> str:
    """A spreadsheet passes over what cannot be seen before it looks for a formula."""
    seen = next((char for char in cell if unicodedata.category(char)[0] not in INVISIBLE), "")
    is_formula = bool(seen) and seen in STARTS_A_FORMULA
    return f"'{cell}" if is_formula or cell.startswith(("\t", "\r")) else cell
