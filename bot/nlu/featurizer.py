"""Rasa component: gives every message its sentence vector."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoder import MANIFEST, EncoderError, shared_encoder
from sales.settings import PROJECT, Settings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds one dense feature for the whole sentence: the unit vector times `scale`.

    Needs no tokenizer. Options: `scale` (5; stands for the classifier's C, squared) and
    `encoder_dir` (relative to the project; default: the ENCODER_DIR setting).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {FEATURIZER_CLASS_ALIAS: None, "scale": 5.0, "encoder_dir": None}

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException unless `scale` is a positive number."""
        scale = config.get("scale")
        if not isinstance(scale, (int, float)) or scale <= 0:
            raise InvalidConfigException(f"scale is {scale!r}; set it to a number above 0, say 5.")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """A rebuilt encoder makes `rasa train` compute everything anew."""
        manifest = encoder_dir(config) / MANIFEST
        return manifest.read_text(encoding="utf-8") if manifest.is_file() else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        return cls(execution_context.node_name, config)

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        super().__init__(name, config)
        try:
            self._encoder = shared_encoder(encoder_dir(config))
        except EncoderError as error:
            raise InvalidConfigException(str(error)) from error

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                message.add_features(self._feature(message.get(TEXT)))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode the examples one at a time, as in serving, but on every core."""
        messages = [m for m in training_data.training_examples if m.get(TEXT) is not None]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            features = list(pool.map(lambda message: self._feature(message.get(TEXT)), messages))
        for message, feature in zip(messages, features, strict=True):
            message.add_features(feature)
        return training_data

    def _feature(self, text: str) -> Features:
        vector = self._encoder.encode(text) * np.float32(self._config["scale"])
        return Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)


def encoder_dir(config: dict[str, Any]) -> Path:
    """Where the encoder lives: the component's own setting, else ENCODER_DIR."""
    configured = config.get("encoder_dir")
    folder = PROJECT / configured if configured else Settings.from_env().encoder_dir
    return folder.resolve()
