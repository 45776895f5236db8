"""Leads as a CSV file that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
import json
from typing import Any, TextIO

from sqlalchemy.orm import Session

from sales.leads.lead import Lead
from sales.leads.store import every_lead

COLUMNS = (
    "reference",
    "state",
    "created_at",
    "updated_at",
    "consent_at",
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
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def export_leads(session: Session, file: TextIO) -> int:
    """Writes every lead, oldest first, and says how many. Open the file with newline="".

    A cell that a spreadsheet would take for a formula gets an apostrophe in front; so do phone
    numbers, whose + would be lost otherwise.
    """
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    written = 0
    for lead in every_lead(session):
        writer.writerow(_safe(_cell(lead, column)) for column in COLUMNS)
        written += 1
    return written


def _cell(lead: Lead, column: str) -> str:
    value = getattr(lead, column)
    if column == "products":
        return "; ".join(value)
    if column == "transcript":
        return "\n".join(f"{line.get('who')}: {line.get('text')}" for line in value)
    if column.endswith("_at"):
        return str(value.isoformat(timespec="seconds"))
    return _text(value)


def _text(value: Any) -> str:
    """Empty for nothing; JSON for what is neither text nor nothing."""
    if not value:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" \n").startswith(STARTS_A_FORMULA) else cell
