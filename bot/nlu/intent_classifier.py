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
    ANSWERS,
    base_intent,
    check_positive,
    check_share,
    fit_options,
    learning_fingerprint,
    sentence_vector,
    training_vectors,
)

logger = logging.getLogger(__name__)

NO_INTENT = {"name": None, "confidence": 0.0}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ClosestExampleClassifier(IntentClassifier, GraphComponent):
    """Two classifiers over the sentence vector, trusted as far as an example lies near.

    It learns every answer (`greet`, `faq/what_is_mpo`) as a label of its own and leaves their
    scores to AnswerSelector and TopicFallback; `faq` is as likely as its likeliest topic.
    Options: `C` and `max_iter` of the logistic regression; `ridge` of the kernel ridge
    regression (the less, the closer it fits the examples); `balance`, how far a label with few
    examples counts as much as one with many, 0 to 1; `ranking_length`.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["scipy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "C": 2.0,
            "max_iter": 50,
            "ridge": 0.1,
            "balance": 0.5,
            "ranking_length": LABEL_RANKING_LENGTH,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException naming the option that cannot be used."""
        check_positive(config, "C", "max_iter", "ridge", "ranking_length")
        check_share(config, "balance")

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
            scores = self._score(message)
            ranking = rank_intents(scores, self._config["ranking_length"])
            message.set(ANSWERS, scores)
            message.set(INTENT, dict(ranking[0] if ranking else NO_INTENT), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _score(self, message: Message) -> list[Score]:
        vector = sentence_vector(message)
        if vector is None or self._model is None:
            return []
        return sorted(self._model.score(vector), key=lambda score: -score.probability)


def rank_intents(scores: list[Score], most: int) -> list[dict[str, Any]]:
    """As many intents as Rasa writes them, likeliest first, out of the scores of all answers.

    An intent counts as its likeliest answer does, and no more than one before it.
    """
    ranking: list[dict[str, Any]] = []
    named: set[str] = set()
    least = 1.0
    for score in scores:
        least = min(least, score.confidence)
        if (name := base_intent(score.label)) not in named:
            ranking.append({"name": name, "confidence": least})
            named.add(name)
        if len(ranking) >= most:
            break
    return ranking
