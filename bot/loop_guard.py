"""Rasa policy: no turn runs on without end, so no message leaves a conversation dead.

Rasa stops a turn after ten actions without listening, and from then on answers nothing at all.
What starts a form, said again inside it, has no rule of its own there: the fallback answers it,
and without this policy answers again and again.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policy import PlainPolicy

FALLBACK = "action_fallback"
MOST_ACTIONS = 6  # in one turn; the longest that is meant has four, Rasa gives up at ten


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False
)
class LoopGuard(PlainPolicy):
    """Learns nothing. Outranks every other policy, but only where a turn would not end."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 20}

    def next_action(self, tracker: DialogueStateTracker) -> str:
        return way_out(tracker)


def way_out(tracker: DialogueStateTracker) -> str:
    """The action that ends the turn: the open form's question or listening; "" where none is due.

    A form that was not understood asks again, once.
    """
    done = actions_of_turn(tracker)
    if len(done) >= MOST_ACTIONS:
        return ACTION_LISTEN_NAME
    if not done or done[-1] != FALLBACK or not tracker.active_loop_name:
        return ""
    form = str(tracker.active_loop_name)
    return form if form not in done else ACTION_LISTEN_NAME


def actions_of_turn(tracker: DialogueStateTracker) -> list[str]:
    """The actions since the assistant last listened, in their order."""
    done: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            if event.action_name in (ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME):
                break
            done.insert(0, str(event.action_name))
    return done
