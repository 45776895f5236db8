"""Two NLU pipelines made of Rasa components: the assistant's own, and Rasa's default."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.featurizers.sparse_featurizer.lexical_syntactic_featurizer import (
    LexicalSyntacticFeaturizer,
)
from rasa.nlu.featurizers.sparse_featurizer.regex_featurizer import RegexFeaturizer
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from benchmarks.data_sets import DataSet
from bot.nlu.featurizer import SentenceFeaturizer
from bot.nlu.intent_classifier import ClosestExampleClassifier
from sales.settings import PROJECT

BATCH = 500  # messages between two lines of progress
# What `rasa init` writes into config.yml, as far as it decides the intent.
DEFAULT_PIPELINE: tuple[tuple[type, dict[str, Any]], ...] = (
    (WhitespaceTokenizer, {}),
    (RegexFeaturizer, {}),
    (LexicalSyntacticFeaturizer, {}),
    (CountVectorsFeaturizer, {}),
    (CountVectorsFeaturizer, {"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}),
    (DIETClassifier, {"epochs": 100, "constrain_similarities": True, "random_seed": 42}),
)
Say = Callable[[str], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What one pipeline made of one data set."""

    right: NDArray[np.bool_]  # per test message: the expected intent came first
    confidence: Floats  # per test message
    out_of_scope: Floats  # confidence per out-of-scope message
    train_s: float
    parse_ms: float  # mean per message

    @property
    def accuracy(self) -> float:
        """Share of test messages with the expected intent first, whatever the confidence."""
        return float(self.right.mean())

    def refused_at(self, kept: float) -> float:
        """Out-of-scope share below the confidence that `kept` of the in-scope messages reach."""
        threshold = np.quantile(self.confidence, 1 - kept)
        return float((self.out_of_scope < threshold).mean())


def own_pipeline() -> tuple[tuple[type, dict[str, Any]], ...]:
    """The assistant's featurizer and intent classifier with their options in config.yml."""
    config = yaml.safe_load((PROJECT / "config.yml").read_text(encoding="utf-8"))
    options = {
        row["name"]: {k: v for k, v in row.items() if k != "name"} for row in config["pipeline"]
    }
    kinds = (SentenceFeaturizer, ClosestExampleClassifier)
    return tuple((kind, options[f"{kind.__module__}.{kind.__name__}"]) for kind in kinds)


def measure(
    pipeline: Sequence[tuple[type, dict[str, Any]]], data: DataSet, folder: Path, say: Say
) -> Outcome:
    """Train the components on the data set, load them again, and ask every test message."""
    storage = LocalModelStorage.create(folder)
    say(f"{data.name}: training on {len(data.train):,} examples")
    began = time.perf_counter()
    components = _train(pipeline, data, storage)
    train_s = time.perf_counter() - began
    began = time.perf_counter()
    ranked = _ask(components, [text for text, _ in data.test], data.name, say)
    refusals = _ask(components, data.out_of_scope, f"{data.name}, out of scope", say)
    asked = len(data.test) + len(data.out_of_scope)
    parse_ms = (time.perf_counter() - began) * 1000 / asked
    expected = [intent for _, intent in data.test]
    return Outcome(
        np.array([name == wanted for (name, _), wanted in zip(ranked, expected, strict=True)]),
        np.array([confidence for _, confidence in ranked]),
        np.array([confidence for _, confidence in refusals]),
        train_s,
        parse_ms,
    )


def _train(
    pipeline: Sequence[tuple[type, dict[str, Any]]], data: DataSet, storage: LocalModelStorage
) -> list[Any]:
    messages = [Message({"text": text, "intent": intent}) for text, intent in data.train]
    examples = TrainingData(training_examples=messages)
    components = []
    for place, (kind, options) in enumerate(pipeline):
        name = f"{place}_{kind.__name__}"
        context = ExecutionContext(GraphSchema({}), node_name=name)
        config = {**kind.get_default_config(), **options}  # type: ignore[attr-defined]
        arguments = (config, storage, Resource(name), context)
        component = kind.create(*arguments)  # type: ignore[attr-defined]
        if hasattr(component, "train"):
            component.train(examples)
            component = kind.load(*arguments)  # type: ignore[attr-defined]
        if hasattr(component, "process_training_data"):
            examples = component.process_training_data(examples)
        components.append(component)
    return components


def _ask(
    components: Sequence[Any], texts: Sequence[str], name: str, say: Say
) -> list[tuple[str, float]]:
    """The first intent and its confidence for each text."""
    found = []
    for start in range(0, len(texts), BATCH):
        messages = [Message({"text": text}) for text in texts[start : start + BATCH]]
        for component in components:
            messages = component.process(messages)
        intents = [message.get("intent") for message in messages]
        found += [(str(intent["name"]), float(intent["confidence"])) for intent in intents]
        say(f"{name}: {len(found):,} of {len(texts):,} messages asked")
    return found
