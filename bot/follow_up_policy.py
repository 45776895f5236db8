"""Rasa policy: a message that goes on with the open subject is answered about that subject.

What a follow-up sounds like says little ("and OM5?" may be a search, an optic or a topic), so the
conversation decides: actions/context.py.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.trackers import DialogueStateTracker
from rasa_sdk import Tracker

from actions.context import continued_subject, is_follow_up
from bot.policy import PlainPolicy

FOLLOW_UP = "action_follow_up"
LONGEST_LOOK_BACK = 150  # events: more than OLDEST turns have


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False
)
class FollowUpPolicy(PlainPolicy):
    """Learns nothing. Outranks the rules, but only where there is a subject to go on with."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 10}

    def next_action(self, tracker: DialogueStateTracker) -> str:
        return next_action(tracker)


def next_action(tracker: DialogueStateTracker) -> str:
    """The follow-up action on such a message, listening after it, "" for anything else."""
    if tracker.latest_action_name == FOLLOW_UP:
        return ACTION_LISTEN_NAME
    message = tracker.latest_message
    if tracker.latest_action_name != ACTION_LISTEN_NAME or message is None or tracker.active_loop:
        return ""
    parsed = message.as_sub_state() | {"text": message.text or "", "entities": message.entities}
    if not is_follow_up(parsed):
        return ""
    return FOLLOW_UP if continued_subject(_as_actions_see_it(tracker)) else ""


def _as_actions_see_it(tracker: DialogueStateTracker) -> Tracker:
    message = tracker.latest_message
    latest = (message.parse_data or {}) if message else {}
    events = [event.as_dict() for event in list(tracker.events)[-LONGEST_LOOK_BACK:]]
    return Tracker(tracker.sender_id, {}, dict(latest), events, False, None, {}, ACTION_LISTEN_NAME)
