"""Rasa component: which answer of a retrieval intent fits (`faq` → `faq/what_is_mpo`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import (
    RESPONSE_SELECTOR_PREDICTION_KEY,
    RESPONSE_SELECTOR_PROPERTY_NAME,
    RESPONSE_SELECTOR_RANKING_KEY,
    RESPONSE_SELECTOR_RESPONSES_KEY,
    RESPONSE_SELECTOR_RETRIEVAL_INTENTS,
    RESPONSE_SELECTOR_UTTER_ACTION_KEY,
)
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.constants import UTTER_PREFIX
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.examples_model import Score
from bot.nlu.rasa_messages import answer_scores, base_intent, check_positive

ANSWER_TEXTS = "answers.json"

Responses = dict[str, list[dict[str, Any]]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerSelector(IntentClassifier, GraphComponent):
    """Writes `response_selector` as Rasa's own ResponseSelector does, for every retrieval intent.

    Put it after ClosestExampleClassifier, whose scores it reads: a topic is as likely here as it
    is among all answers. It keeps the answers' texts. Option: `ranking_length` (topics kept per
    intent).
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]  # as in training it does not follow the classifier

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"ranking_length": 5}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        check_positive(config, "ranking_length")

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        intents: Sequence[str] = (),
        responses: Responses | None = None,
    ) -> None:
        self.validate_config(config)
        self._config = config
        self._storage, self._resource = model_storage, resource
        self._intents, self._responses = list(intents), responses or {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AnswerSelector:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AnswerSelector:
        with model_storage.read_from(resource) as folder:
            kept = json.loads((folder / ANSWER_TEXTS).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, **kept)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep what can be answered; without retrieval intents the property stays empty."""
        self._intents = sorted({m.get(INTENT) for m in training_data.response_examples})
        wanted = tuple(f"{UTTER_PREFIX}{intent}/" for intent in self._intents)
        self._responses = {
            key: list(texts)
            for key, texts in training_data.responses.items()
            if key.startswith(wanted)
        }
        kept = {"intents": self._intents, "responses": self._responses}
        with self._storage.write_to(self._resource) as folder:
            (folder / ANSWER_TEXTS).write_text(json.dumps(kept), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            selected = self._select(answer_scores(message))
            message.set(RESPONSE_SELECTOR_PROPERTY_NAME, selected, add_to_output=True)
        return messages

    def _select(self, scores: list[Score]) -> dict[str, Any]:
        selected: dict[str, Any] = {RESPONSE_SELECTOR_RETRIEVAL_INTENTS: list(self._intents)}
        for intent in self._intents:
            topics = [score for score in scores if base_intent(score.label) == intent]
            if topics:
                selected[intent] = self._prediction(topics)
        return selected

    def _prediction(self, scores: list[Score]) -> dict[str, Any]:
        top = scores[0]
        action = f"{UTTER_PREFIX}{top.label}"
        return {
            RESPONSE_SELECTOR_PREDICTION_KEY: {
                RESPONSE_SELECTOR_RESPONSES_KEY: self._responses.get(action, [{TEXT: top.label}]),
                PREDICTED_CONFIDENCE_KEY: top.confidence,
                INTENT_RESPONSE_KEY: top.label,
                RESPONSE_SELECTOR_UTTER_ACTION_KEY: action,
            },
            RESPONSE_SELECTOR_RANKING_KEY: [
                {
                    PREDICTED_CONFIDENCE_KEY: score.confidence,
                    INTENT_RESPONSE_KEY: score.label,
                }
                for score in scores[: self._config["ranking_length"]]
            ],
        }
