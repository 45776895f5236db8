"""Rasa policy: no turn runs on without end, so no message leaves a conversation dead.

Rasa stops a turn after ten actions without listening, and from then on answers nothing at all.
What starts a form, said again inside it, has no rule of its own there: the fallback answers it,
and without this policy answers again and again.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

FALLBACK = "action_fallback"
MOST_ACTIONS = 6  # in one turn; the longest that is meant has four, Rasa gives up at ten


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False
)
class LoopGuard(Policy):
    """Learns nothing. Outranks every other policy, but only where a turn would not end."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 20}

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_AND_RULE_DATA

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LoopGuard:
        return cls(config, model_storage, resource, execution_context)

    def train(
        self,
        training_trackers: list[TrackerWithCachedStates],
        domain: Domain,
        **kwargs: Any,
    ) -> Resource:
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        scores = self._default_predictions(domain)
        if action := way_out(tracker):
            scores[domain.index_for_action(action)] = 1.0
        return self._prediction(scores)


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
