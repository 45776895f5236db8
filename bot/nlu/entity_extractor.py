"""Rasa component: the facts in a message (connector, length, budget, e-mail ...)."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, EXTRACTOR, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.entities import Entity, find_entities


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FiberEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds what `find_entities` finds; values are in their normal form.

    Learns nothing and needs no tokenizer. Option: `only`, a list of entity names to keep
    (default: all).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"only": None}

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy", "phonenumbers", "email_validator"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FiberEntityExtractor:
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        only = config.get("only")
        if only is not None and not isinstance(only, (list, tuple)):
            raise InvalidConfigException(f"only is {only!r}; set it to a list of entity names.")
        self._only = frozenset(only) if only is not None else None
        find_entities("")  # builds the tables now rather than under the first visitor

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                found = [*(message.get(ENTITIES) or []), *self._extract(text)]
                message.set(ENTITIES, found, add_to_output=True)
        return messages

    def _extract(self, text: str) -> list[dict[str, Any]]:
        wanted = (entity for entity in find_entities(text) if self._keeps(entity))
        return [as_rasa(entity) | {EXTRACTOR: self.name} for entity in wanted]

    def _keeps(self, entity: Entity) -> bool:
        return self._only is None or entity.name in self._only


def as_rasa(entity: Entity) -> dict[str, Any]:
    return {
        "entity": entity.name,
        "start": entity.start,
        "end": entity.end,
        "value": entity.value,
        "confidence_entity": 1.0,
    }
