"""Rasa component: which answer of a retrieval intent fits (`faq` → `faq/what_is_mpo`)."""

from __future__ import annotations

import json
import logging
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
from rasa.shared.nlu.constants import INTENT_RESPONSE_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.examples_model import ExamplesModel, Score, fit
from bot.nlu.rasa_messages import (
    base_intent,
    check_positive,
    fit_options,
    labelled_vectors,
    learning_fingerprint,
    sentence_vector,
)

logger = logging.getLogger(__name__)

RESPONSES = "responses.json"

Responses = dict[str, list[dict[str, Any]]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerSelector(IntentClassifier, GraphComponent):
    """Writes `response_selector` as Rasa's own ResponseSelector does, for every retrieval intent.

    One component serves them all; each intent has its own model, which chooses among its topics
    only. Options: `C`, `max_iter`, `balanced`, `ranking_length` (topics kept per intent).
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 2.0, "max_iter": 100, "balanced": False, "ranking_length": 5}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        check_positive(config, "C", "max_iter", "ranking_length")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return learning_fingerprint()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        models: dict[str, ExamplesModel] | None = None,
        responses: Responses | None = None,
    ) -> None:
        self.validate_config(config)
        self._config = config
        self._storage, self._resource = model_storage, resource
        self._models, self._responses = models or {}, responses or {}

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
            models = {
                path.name: ExamplesModel.load(path)
                for path in sorted(folder.iterdir())
                if path.is_dir()
            }
            responses = json.loads((folder / RESPONSES).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, models, responses)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn one model per retrieval intent; without any, the property stays empty."""
        self._models = self._fit(training_data)
        wanted = {f"{UTTER_PREFIX}{intent}/" for intent in self._models}
        self._responses = {
            key: list(texts)
            for key, texts in training_data.responses.items()
            if key.startswith(tuple(wanted))
        }
        self._persist()
        return self._resource

    def _fit(self, training_data: TrainingData) -> dict[str, ExamplesModel]:
        vectors, labels = labelled_vectors(training_data.response_examples)
        intents = sorted({base_intent(label) for label in labels})
        options = fit_options(self._config)
        models = {}
        for intent in intents:
            rows = [row for row, label in enumerate(labels) if base_intent(label) == intent]
            models[intent] = fit(vectors[rows], [labels[row] for row in rows], **options)
            logger.info("answers.learned: %s, %d examples", intent, len(rows))
        return models

    def _persist(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            (folder / RESPONSES).write_text(json.dumps(self._responses), encoding="utf-8")
            for intent, model in self._models.items():
                (folder / intent).mkdir(exist_ok=True)
                model.save(folder / intent)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            selected = self._select(message)
            message.set(RESPONSE_SELECTOR_PROPERTY_NAME, selected, add_to_output=True)
        return messages

    def _select(self, message: Message) -> dict[str, Any]:
        selected: dict[str, Any] = {RESPONSE_SELECTOR_RETRIEVAL_INTENTS: list(self._models)}
        vector = sentence_vector(message)
        if vector is None:
            return selected
        for intent, model in self._models.items():
            scores = sorted(model.score(vector), key=lambda score: -score.probability)
            selected[intent] = self._prediction(scores)
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
