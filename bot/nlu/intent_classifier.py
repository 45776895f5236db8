"""Rasa component: which intent a message has, and how sure that is."""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.examples_model import ExamplesModel, Score, fit
from bot.nlu.rasa_messages import (
    base_intent,
    check_positive,
    fit_options,
    learning_fingerprint,
    sentence_vector,
    training_vectors,
)

logger = logging.getLogger(__name__)

NO_INTENT = {"name": None, "confidence": 0.0}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ClosestExampleClassifier(IntentClassifier, GraphComponent):
    """Logistic regression on the sentence vector, trusted as far as an example lies near.

    It learns full retrieval labels (`faq/what_is_mpo`), so questions of one topic need not look
    like those of another; the probability of `faq` is the sum over its topics. Options: `C`,
    `max_iter`, `balanced` (rare labels count as much as frequent ones), `ranking_length`.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "C": 2.0,
            "max_iter": 100,
            "balanced": False,
            "ranking_length": LABEL_RANKING_LENGTH,
        }

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
        model: ExamplesModel | None = None,
    ) -> None:
        self.validate_config(config)
        self._config = config
        self._storage, self._resource = model_storage, resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClosestExampleClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ClosestExampleClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, ExamplesModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Raises InvalidConfigException when there is nothing to learn from."""
        vectors, labels = training_vectors(training_data, type(self).__name__)
        options = fit_options(self._config)
        self._model = fit(vectors, labels, **options)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        logger.info("intents.learned: %d examples, %d labels", len(labels), len(set(labels)))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._rank(message)[: self._config["ranking_length"]]
            message.set(INTENT, dict(ranking[0] if ranking else NO_INTENT), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        vector = sentence_vector(message)
        if vector is None or self._model is None:
            return []
        return rank_intents(self._model.score(vector))


def rank_intents(scores: list[Score]) -> list[dict[str, Any]]:
    """Intents as Rasa writes them, best first, out of the scores of full labels.

    The order is that of confidence: on our own data the most confident intent is right more
    often (by one point in a hundred) than the likeliest.
    """
    merged = _merge_topics(scores).values()
    ranking = [{"name": score.label, "confidence": score.confidence} for score in merged]
    return sorted(ranking, key=lambda entry: -entry["confidence"])


def _merge_topics(scores: list[Score]) -> dict[str, Score]:
    """One score per base intent: all its topics' probability, the likeliest topic's cosine."""
    totals: dict[str, float] = {}
    likeliest: dict[str, Score] = {}
    for score in scores:
        intent = base_intent(score.label)
        totals[intent] = totals.get(intent, 0.0) + score.probability
        if intent not in likeliest or score.probability > likeliest[intent].probability:
            likeliest[intent] = score
    return {
        intent: Score(intent, min(1.0, totals[intent]), top.cosine)
        for intent, top in likeliest.items()
    }
