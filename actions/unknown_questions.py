"""Keeps what the assistant did not know, for the owner to look at."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from rasa_sdk import Tracker

from actions.base import active_form, intent_of, text_of
from actions.shop import shop
from actions.turns import QUESTION
from sales.questions.question import NOT_UNDERSTOOD, OUT_OF_SCOPE
from sales.questions.store import record_unknown

logger = logging.getLogger(__name__)
LEAST_LIKELY = 0.12  # a topic below this is no guess worth showing
NO_TOPICS = ("nlu_fallback", "out_of_scope", "not_sure")
PERSONAL_FORM = "contact_form"  # what is not understood there is mostly a name or an address
CONTACTS = {"email": "[e-mail]", "phone": "[phone]"}  # entities that are never kept as questions


def keep_question(tracker: Tracker) -> None:
    """Keep what was not known for the owner to look at. Never spoils the answer.

    Kept once per turn. Inside a form only what reads like a question is kept, as the rest are
    answers to the form's own; of the contact form nothing is.
    """
    if not is_unknown_question(tracker):
        return
    kind = OUT_OF_SCOPE if intent_of(tracker) == "out_of_scope" else NOT_UNDERSTOOD
    text, guesses = text_without_contacts(tracker), guessed_topics(tracker.latest_message)
    try:
        with shop() as session:
            record_unknown(session, tracker.sender_id, text, kind, guesses, datetime.now(UTC))
    except sa.exc.SQLAlchemyError as error:
        logger.warning("question.not_kept: %s", type(error).__name__)


def is_unknown_question(tracker: Tracker) -> bool:
    """Whether the latest message is one that the owner may want an answer for."""
    form = active_form(tracker)
    if form == PERSONAL_FORM or intent_of(tracker) == "not_sure" or _fell_back_already(tracker):
        return False
    text = text_of(tracker)
    is_pressed = text.startswith("/")
    return bool(text) and not is_pressed and (not form or bool(QUESTION.search(text)))


def _fell_back_already(tracker: Tracker) -> bool:
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action" and event.get("name") == "action_fallback":
            return True
    return False


def text_without_contacts(tracker: Tracker) -> str:
    """The latest message with "[e-mail]" and "[phone]" in the place of such."""
    text = tracker.latest_message.get("text") or ""
    entities = tracker.latest_message.get("entities") or []
    found = [e for e in entities if e["entity"] in CONTACTS and e.get("end")]
    for entity in sorted(found, key=lambda entity: entity["start"], reverse=True):
        text = text[: entity["start"]] + CONTACTS[entity["entity"]] + text[entity["end"] :]
    return text


def guessed_topics(message: dict[str, Any], most: int = 3) -> list[str]:
    """Names of what the message may have meant, likeliest first: intents, and faq/<topic>."""
    names: list[str] = []
    for row in message.get("intent_ranking") or []:
        if row["name"] == "faq" and is_likely(row):
            faq = (message.get("response_selector") or {}).get("faq") or {}
            names += [r["intent_response_key"] for r in faq.get("ranking") or [] if is_likely(r)]
        elif row["name"] not in NO_TOPICS and is_likely(row):
            names.append(row["name"])
    return names[:most]


def is_likely(row: dict[str, Any]) -> bool:
    """Whether a row of a ranking is a guess worth showing."""
    return float(row.get("confidence") or 0) >= LEAST_LIKELY
