"""Rasa policy: "and with 6 connections?" goes on about the link budget told before.

What such a message wants depends on what was said, so no intent can tell: "and on OM3?" after
a budget changes the fiber of it, after a product search that of the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policy import PlainPolicy
from sales.link_budget_follow_up import Span, goes_on

FORM = "link_budget_form"
LONGEST_LOOK_BACK = 200  # events
ABOVE_RULES = 7


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False
)
class LinkBudgetFollowUps(PlainPolicy):
    """Starts the form again on a follow-up; all else is left to the other policies."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": ABOVE_RULES, "max_history": 1}

    def next_action(self, tracker: DialogueStateTracker) -> str:
        return FORM if is_follow_up(tracker) else ""


def is_follow_up(tracker: DialogueStateTracker) -> bool:
    """Whether the latest message changes or asks about the last budget, outside any form."""
    message = tracker.latest_message
    if tracker.active_loop or tracker.latest_action_name != ACTION_LISTEN_NAME or not message:
        return False
    spans = [
        Span(e["entity"], e.get("start") or 0, e.get("end") or 0) for e in message.entities or []
    ]
    text, intent = (message.text or "").strip(), message.intent_name or ""
    return goes_on(text, spans, intent, _turns_backwards(tracker))


def _turns_backwards(tracker: DialogueStateTracker) -> Iterator[Sequence[str]]:
    """The names of the bot's responses per turn, the turn before the latest message first."""
    names: list[str] = []
    has_reached_latest = False
    for event in islice(reversed(tracker.events), LONGEST_LOOK_BACK):
        if isinstance(event, BotUttered) and has_reached_latest:
            names.insert(0, str(event.metadata.get("utter_action") or ""))
        elif isinstance(event, UserUttered):
            if has_reached_latest:
                yield names
                names = []
            has_reached_latest = True
    if names:
        yield names
