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
from rasa.shared.nlu.constants import ENTITIES, ENTITY_ATTRIBUTE_TYPE, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.examples_model import Score
from bot.nlu.rasa_messages import IS_EVIDENT, answer_scores, check_share

logger = logging.getLogger(__name__)

DOMAIN_ENTITIES = ("sku", "data_rate", "fiber", "link", "email", "phone", "family", "connector")
OUT_OF_SCOPE = "out_of_scope"
SHARES = ("threshold", "ambiguity_threshold", "domain_threshold")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class TopicFallback(IntentClassifier, GraphComponent):
    """Sets the intent nlu_fallback, and keeps what it could have been in the ranking.

    Options: below `threshold` a message counts as not understood; so does one whose likeliest
    answer is not likelier by `ambiguity_threshold` than the second (two topics of `faq` are two
    answers; 0 turns that off). Lists of intents under `same_answer` count as one answer. A
    message with one of `domain_entities` is about our business, so `domain_threshold` is enough
    for it, and a second guess counts only against a topic, as what intents do follows the
    entities. `domain_threshold` is enough for out_of_scope too, which is a refusal. An intent
    that a rule has corrected has no second answer. The thresholds go from 0 to 1. Put it last,
    after the entity extractor and IntentCorrection.
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
            "same_answer": [],
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException for a threshold outside 0 to 1."""
        check_share(config, *SHARES)

    def __init__(self, config: dict[str, Any]) -> None:
        self.validate_config(config)
        self._config = config
        self._answers = {name: group[0] for group in config["same_answer"] for name in group}

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
        best = message.get(INTENT) or {}
        is_about_us = self._is_about_us(message)
        is_refusal = best.get("name") == OUT_OF_SCOPE
        needed = "domain_threshold" if is_about_us or is_refusal else "threshold"
        is_sure = best.get("confidence", 0.0) >= self._config[needed]
        return bool(is_sure and self._is_clear(best, message, is_about_us))

    def _is_clear(self, best: dict[str, Any], message: Message, is_about_us: bool) -> bool:
        scores = answer_scores(message)
        if message.get(IS_EVIDENT) or not scores:
            return True
        if is_about_us and scores[0].label == best["name"]:  # not a topic: entities say the rest
            return True
        return self._lead(scores) >= self._config["ambiguity_threshold"]

    def _lead(self, scores: list[Score]) -> float:
        """By how much the likeliest answer is likelier than the next one."""
        totals: dict[str, float] = {}
        for score in scores:
            answer = self._answers.get(score.label, score.label)
            totals[answer] = totals.get(answer, 0.0) + score.probability
        best, second, *_ = [*sorted(totals.values(), reverse=True), 0.0, 0.0]
        return best - second

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
