"""Reads what people typed into forms. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from sales.leads.lead import UNPRINTABLE

GONE = "There is no such lead. It may have been erased."
LARGEST_ID = 2**31 - 1  # of a row in the database


def text_of(form: Mapping[str, Any], name: str) -> str:
    """The field without blanks around it and without what cannot be stored; "" when missing."""
    value = form.get(name)
    return printable(value) if isinstance(value, str) else ""


def printable(text: str) -> str:
    """The text as the database takes it: line ends as newlines, no control characters."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n")).strip()


def number_of(form: Mapping[str, Any], name: str) -> int | None:
    """The field as a row's id, or None."""
    text = text_of(form, name)
    is_number = text.isascii() and text.isdecimal() and len(text) < len(str(LARGEST_ID))
    return int(text) if is_number else None


def lead_id_of(request: Request) -> int:
    """The lead's id in the address. HTTPException 404 for one that no lead can have."""
    return row_id_of(request, "lead_id", GONE)


def row_id_of(request: Request, name: str, gone: str) -> int:
    """A row's id in the address. HTTPException 404 with `gone` for one that no row can have."""
    row_id: int = request.path_params[name]
    if row_id > LARGEST_ID:
        raise HTTPException(404, gone)
    return row_id
