"""Rasa component: corrects the intent by the rules of evidence.py."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    INTENT_RANKING_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.evidence import Heard, evident_intent
from bot.nlu.rasa_messages import IS_EVIDENT

PLAIN_EVIDENCE = 0.9  # confidence of an intent that a rule has set


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class IntentCorrection(IntentClassifier, GraphComponent):
    """Put it after the entity extractor and before TopicFallback. Learns nothing."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [IntentClassifier]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentCorrection:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._correct(message)
        return messages

    def _correct(self, message: Message) -> None:
        intent = (message.get(INTENT) or {}).get("name")
        if not intent:
            return
        ranking = message.get(INTENT_RANKING_KEY) or []
        names = [row["name"] for row in ranking if row["name"] != intent]
        evident = evident_intent(Heard(message.get(TEXT) or "", intent, _values(message), names))
        if evident is None:
            return
        found = {"name": evident, "confidence": PLAIN_EVIDENCE}
        others = [row for row in ranking if row["name"] != evident]
        message.set(IS_EVIDENT, True)
        message.set(INTENT, found, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [found, *others], add_to_output=True)


def _values(message: Message) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = defaultdict(list)
    for entity in message.get(ENTITIES) or []:
        values[entity[ENTITY_ATTRIBUTE_TYPE]].append(entity[ENTITY_ATTRIBUTE_VALUE])
    return values
