"""The contact form as a modal: who prefers a form to questions fills it in at once."""

from __future__ import annotations

from typing import Any

from bot.channels.admission import plain_response
from bot.channels.slack.blocks import FORM
from bot.channels.slack.messages import conversation_of, place_of_press
from bot.channels.website import contact_form
from bot.channels.website.incoming import FORM_FIELDS, ContactValues, RefusedError

CALLBACK = "visitor.contact"  # names the modal when it comes back
CONSENT = "consent"
FIELDS = (  # name, label, hint, whether it may stay empty
    ("name", "Your name", "", False),
    ("reach", "E-mail or phone", "", False),
    ("company", "Company", "", True),
    ("note", "What should our colleague know?", "Quantities, lengths, dates", True),
)
CONSENT_TEXT = "You may keep these details and this conversation and contact me about my request."
AGREED = "I agree"
Json = dict[str, Any]


def opened_by(payload: Json) -> Json | None:
    """The modal when its button was pressed; None for all other buttons.

    It remembers the conversation that its answer belongs to.
    """
    actions = payload.get("actions") or [{}]
    if payload.get("type") != "block_actions" or actions[0].get("action_id") != FORM:
        return None
    return _view(conversation_of(*place_of_press(payload)))


def _view(conversation_id: str) -> Json:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": conversation_id,
        "title": _plain("Your contact details"),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": [*(_input(*each) for each in FIELDS), _consent()],
    }


def is_ours(payload: Json) -> bool:
    """Whether this is the contact form that was sent."""
    view = payload.get("view") or {}
    return payload.get("type") == "view_submission" and view.get("callback_id") == CALLBACK


def problems(payload: Json) -> dict[str, str]:
    """What is wrong with each field, for Slack to show in the modal; {} when all is right."""
    try:
        contact_form.checked(_values(payload))
    except RefusedError as error:
        return error.fields
    return {}


def parsed(payload: Json) -> tuple[str, Json]:
    """What the visitor said by sending it, in words and as NLU would have read it."""
    shown = plain_response("say_form_sent")
    return shown, contact_form.parsed(shown, contact_form.checked(_values(payload)))


def conversation_of_view(payload: Json) -> str:
    """The conversation that the form was opened in."""
    return str(payload["view"]["private_metadata"])


def _values(payload: Json) -> ContactValues:
    state = payload["view"]["state"]["values"]
    typed = {name: str(_element(state, name).get("value") or "") for name in FORM_FIELDS}
    has_consent = bool(_element(state, CONSENT).get("selected_options"))
    return ContactValues(**typed, consent=has_consent, message_id="")


def _element(state: Json, name: str) -> Json:
    found: Json = (state.get(name) or {}).get(name) or {}
    return found


def _input(name: str, label: str, hint: str, is_optional: bool) -> Json:
    longest = min(contact_form.LONGEST_FIELDS[name], 3_000)
    element: Json = {
        "type": "plain_text_input",
        "action_id": name,
        "max_length": longest,
        "multiline": name == "note",
    }
    if hint:
        element["placeholder"] = _plain(hint)
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": element,
        "optional": is_optional,
    }


def _consent() -> Json:
    option = {"text": _plain(AGREED), "value": "yes"}
    return {
        "type": "input",
        "block_id": CONSENT,
        "label": _plain(CONSENT_TEXT),
        "element": {"type": "checkboxes", "action_id": CONSENT, "options": [option]},
        "optional": False,
    }


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
