"""What our components read from Rasa's messages."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import directions, examples_model
from bot.nlu.examples_model import Score

ANSWERS = "answer_scores"  # of a message: every answer's Score, likeliest first
IS_EVIDENT = "is_evident"  # of a message: a rule of bot/nlu/evidence.py has set its intent


def sentence_vector(message: Message) -> NDArray[np.float32] | None:
    """The message's sentence features, or None when a featurizer gave none (or only zeros)."""
    features = message.get_dense_features(TEXT)[1]
    if features is None or not np.any(features.features):
        return None
    return np.asarray(features.features[0], dtype=np.float32)


def answer_scores(message: Message) -> list[Score]:
    """What the classifier thinks of every answer, likeliest first; [] without a vector."""
    return list(message.get(ANSWERS) or [])


def full_label(message: Message) -> str:
    """`faq/what_is_mpo` for a retrieval intent, else the intent itself."""
    return str(message.get(INTENT_RESPONSE_KEY) or message.get(INTENT))


@lru_cache(maxsize=4_096)
def base_intent(label: str) -> str:
    """`faq` for `faq/what_is_mpo`."""
    return label.partition("/")[0]


def labelled_vectors(messages: Sequence[Message]) -> tuple[NDArray[np.float32], list[str]]:
    """One row and one full label for each example that has text, an intent and features."""
    rows = [
        (vector, full_label(message))
        for message in messages
        if message.get(INTENT) and message.get(TEXT)
        if (vector := sentence_vector(message)) is not None
    ]
    vectors = np.stack([vector for vector, _ in rows]) if rows else np.zeros((0, 0), np.float32)
    return vectors, [label for _, label in rows]


def training_vectors(
    training_data: TrainingData, component: str
) -> tuple[NDArray[np.float32], list[str]]:
    """As labelled_vectors, for everything to learn. Raises InvalidConfigException when empty."""
    vectors, labels = labelled_vectors(training_data.intent_examples)
    if not labels:
        raise InvalidConfigException(
            f"{component} has nothing to learn from. Add intents with examples to data/, and put "
            "bot.nlu.featurizer.SentenceFeaturizer before it in config.yml."
        )
    return vectors, labels


def learning_fingerprint() -> str:
    """Changes with the code that learns, so that `rasa train` reuses no older result."""
    modules = inspect.getsource(examples_model) + inspect.getsource(directions)
    return modules + inspect.getsource(labelled_vectors)


def fit_options(config: dict[str, Any]) -> dict[str, Any]:
    """The classifier's options for learning, as examples_model.fit takes them."""
    return {
        "strength": config["C"],
        "max_iter": config["max_iter"],
        "ridge": config["ridge"],
        "balance": config["balance"],
    }


def check_positive(config: dict[str, Any], *names: str) -> None:
    """Raises InvalidConfigException naming the first option that is not a number above 0."""
    for name in names:
        value = config.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise InvalidConfigException(f"{name} is {value!r}; set it to a number above 0.")


def check_share(config: dict[str, Any], *names: str) -> None:
    """Raises InvalidConfigException naming the first option that is not a number, 0 to 1."""
    for name in names:
        value = config.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise InvalidConfigException(f"{name} is {value!r}; set it to a number, 0 to 1.")
