"""What every action shares: an edge that never leaves the visitor without an answer."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from sales.database import note_away

logger = logging.getLogger(__name__)
Events = list[dict[str, Any]]


class SalesAction(Action, ABC):
    """An action whose failure is an apology with the contact details, and a logged traceback."""

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Called by Rasa. Subclasses write `answer`."""
        try:
            return self.answer(dispatcher, tracker)
        except Exception as error:  # the outermost edge: Rasa alone would stay silent
            if not note_away(error):
                logger.exception("action.failed: %s in %s", self.name(), tracker.sender_id)
            dispatcher.messages.clear()
            dispatcher.utter_message(response="say_apology")
            return []

    @abstractmethod
    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say something through the dispatcher and return what to remember."""


def entity_values(tracker: Tracker, name: str) -> list[Any]:
    """The values of one entity in the latest message, in the order they were written."""
    return values_among(tracker.latest_message.get("entities") or [], name)


def values_among(entities: Iterable[dict[str, Any]], name: str) -> list[Any]:
    """The values of one entity among these of a message, in the order they were written."""
    found = [e for e in entities if e.get("entity") == name]
    return [e["value"] for e in sorted(found, key=lambda e: e.get("start") or 0)]


def first_entity(tracker: Tracker, name: str) -> Any:
    """The first value of one entity in the latest message, or None."""
    return next(iter(entity_values(tracker, name)), None)


def intent_of(tracker: Tracker) -> str:
    """The name of the latest message's intent, "" when there is none."""
    return (tracker.latest_message.get("intent") or {}).get("name") or ""


def text_of(tracker: Tracker) -> str:
    """The latest message's text, stripped."""
    return (tracker.latest_message.get("text") or "").strip()


def active_form(tracker: Tracker) -> str:
    """The name of the form that is asking questions, or ""."""
    return (tracker.active_loop or {}).get("name") or ""


def answer_or_none(value: Any) -> Any:
    """A slot's value; None also for "unsure", the answer of a visitor who does not know."""
    return None if value == "unsure" else value
