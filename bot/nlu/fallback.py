"""Rasa component: says "not understood" when the best guess is a weak one."""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, ENTITY_ATTRIBUTE_TYPE, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

logger = logging.getLogger(__name__)

DOMAIN_ENTITIES = ("sku", "data_rate", "fiber", "link", "email", "phone", "family", "connector")
SHARES = ("threshold", "ambiguity_threshold", "domain_threshold")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class TopicFallback(IntentClassifier, GraphComponent):
    """Sets the intent nlu_fallback, and keeps what it could have been in the ranking.

    Options, all from 0 to 1: below `threshold` a message counts as not understood; so does one
    whose second guess is within `ambiguity_threshold` of the first (0 turns that off). A message
    with one of `domain_entities` is about our business, so `domain_threshold` is enough for it,
    and no second guess is held against it. Put it last, after the entity extractor.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "threshold": 0.35,
            "ambiguity_threshold": 0.0,
            "domain_threshold": 0.25,
            "domain_entities": list(DOMAIN_ENTITIES),
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException for a threshold outside 0 to 1."""
        for name in SHARES:
            value = config.get(name)
            if not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise InvalidConfigException(f"{name} is {value!r}; set it to a number, 0 to 1.")

    def __init__(self, config: dict[str, Any]) -> None:
        self.validate_config(config)
        self._config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicFallback:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if not self._is_understood(message):
                self._fall_back(message)
        return messages

    def _is_understood(self, message: Message) -> bool:
        best = (message.get(INTENT) or {}).get("confidence", 0.0)
        if self._is_about_us(message):
            return bool(best >= self._config["domain_threshold"])
        ranking = message.get(INTENT_RANKING_KEY) or []
        second = ranking[1]["confidence"] if len(ranking) > 1 else 0.0
        is_clear = best - second >= self._config["ambiguity_threshold"]
        return bool(best >= self._config["threshold"] and is_clear)

    def _is_about_us(self, message: Message) -> bool:
        found = {entity[ENTITY_ATTRIBUTE_TYPE] for entity in message.get(ENTITIES) or []}
        return not found.isdisjoint(self._config["domain_entities"])

    def _fall_back(self, message: Message) -> None:
        intent = {
            "name": DEFAULT_NLU_FALLBACK_INTENT_NAME,
            "confidence": self._config["threshold"],
        }
        ranking = [intent, *(message.get(INTENT_RANKING_KEY) or [])]
        message.set(INTENT, dict(intent), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
