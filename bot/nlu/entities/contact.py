"""Ways to reach someone, and references of our own: e-mail, phone, part number, lead number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

REGION = "US"  # for numbers written without a country code
MOST_TRIES, MOST_ADDRESSES = 20, 5  # candidates looked at in one message
FEWEST_DIGITS = 10

_SKU = re.compile(r"(?<![\w-])INX-[A-Z]{3}(?:-[A-Z0-9.]{1,20}){1,8}(?![\w-])", re.IGNORECASE)
_LEAD = re.compile(r"(?<![\w-])L-?([0-9]{3,6})(?![\w-])", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")


@dataclass(frozen=True)
class Reference:
    """A piece of text with one meaning, from `start` to `end` of the message."""

    kind: str
    value: Any
    start: int
    end: int


def find_references(text: str) -> list[Reference]:
    """Part numbers, lead numbers and e-mail addresses. Nothing else is to be read in them."""
    return [*_skus(text), *_leads(text), *_emails(text)]


def _skus(text: str) -> Iterator[Reference]:
    for match in _SKU.finditer(text):
        value = match.group().rstrip(".")
        yield Reference("sku", value.upper(), match.start(), match.start() + len(value))


def _leads(text: str) -> Iterator[Reference]:
    for match in _LEAD.finditer(text):
        yield Reference("lead_ref", f"L-{int(match.group(1)):06}", match.start(), match.end())


def _emails(text: str) -> Iterator[Reference]:
    for match in islice(_EMAIL.finditer(text), MOST_ADDRESSES):
        address = match.group().rstrip(".-_")
        try:
            value = validate_email(address, check_deliverability=False).normalized
        except EmailNotValidError:
            continue
        yield Reference("email", value, match.start(), match.start() + len(address))


def find_phones(text: str) -> list[Reference]:
    """Phone numbers in E.164. In `text`, whatever else has digits is blanked already."""
    leniency = phonenumbers.Leniency.POSSIBLE
    matcher = phonenumbers.PhoneNumberMatcher(text, REGION, leniency, MOST_TRIES)
    return [
        Reference("phone", _e164(match.number), match.start, match.end)
        for match in matcher
        if _is_phone(match)
    ]


def _is_phone(match: phonenumbers.PhoneNumberMatch) -> bool:
    """A valid number; or a possible one written as phone numbers are, not as a bare count."""
    if phonenumbers.is_valid_number(match.number):
        return True
    digits = sum(character.isdigit() for character in match.raw_string)
    is_formatted = bool(re.search(r"[-.()+]", match.raw_string))
    return digits >= FEWEST_DIGITS and is_formatted


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
