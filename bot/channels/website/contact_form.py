"""The contact form of the widget: checked here, then one turn that ends in the lead."""

from __future__ import annotations

from typing import Any

from bot.channels.admission import CONTROL_CHARACTERS, plain_response
from bot.channels.website.incoming import ContactValues, RefusedError
from sales.contact import LONGEST_CONTACT, ContactError, parse_contact
from sales.person_name import bare_name, is_name

LONGEST_FIELDS = {"name": 100, "reach": LONGEST_CONTACT, "company": 200, "note": 2_000}
SKIPPED = "none"  # what the form in the chat keeps for a question that was skipped


def checked(values: ContactValues) -> dict[str, str]:
    """The slots of the contact form.

    Raises RefusedError with what is wrong in each field.
    """
    given = {name: _clean(getattr(values, name)) for name in LONGEST_FIELDS}
    wrong = {
        name: plain_response("say_field_too_long")
        for name, longest in LONGEST_FIELDS.items()
        if len(given[name]) > longest
    }
    if "name" not in wrong and not is_name(bare_name(given["name"])):
        wrong["name"] = plain_response("say_bad_name")
    if "reach" not in wrong:
        wrong |= _wrong_reach(given["reach"])
    if not values.consent:
        wrong["consent"] = plain_response("say_consent_needed")
    if wrong:
        raise RefusedError("invalid", "say_check_fields", wrong)
    return {
        "contact_name": bare_name(given["name"]),
        "contact_reach": given["reach"],
        "company": given["company"] or SKIPPED,
        "contact_note": given["note"] or SKIPPED,
        "contact_consent": "yes",
    }


def parsed(text: str, slots: dict[str, str]) -> dict[str, Any]:
    """What NLU would have to read out of the message: the wish, and each value as an entity."""
    return {
        "text": text,
        "intent": {"name": "leave_contact", "confidence": 1.0},
        "intent_ranking": [{"name": "leave_contact", "confidence": 1.0}],
        "entities": [
            {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "contact_form"}
            for name, value in slots.items()
        ],
    }


def _wrong_reach(text: str) -> dict[str, str]:
    try:
        parse_contact(text)
    except ContactError as error:
        return {"reach": error.hint}
    return {}


def _clean(text: str) -> str:
    return CONTROL_CHARACTERS.sub("", text).strip()
