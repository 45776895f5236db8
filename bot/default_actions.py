"""Default actions made once, and slots filled without a look at what a message cannot fill.

For each action of a turn Rasa makes all its default actions anew, and for each message it checks
every mapping of sixty slots.
"""

from __future__ import annotations

import copy
from typing import Any

from rasa.core.actions import action
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slot_mappings import SlotMapping
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig


def keep_default_actions(endpoint: EndpointConfig | None) -> None:
    """From now on Rasa's are made once; none of them remembers anything of a conversation."""
    made = [
        FillableSlots(endpoint) if isinstance(one, action.ActionExtractSlots) else one
        for one in action.default_actions(endpoint)
    ]
    vars(action)["default_actions"] = lambda _endpoint=None: made


class FillableSlots(action.ActionExtractSlots):
    """Shows Rasa's action only the slots that the latest message may fill."""

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """The same events as with all slots."""
        fillable = copy.copy(domain)
        fillable.slots = [slot for slot in domain.slots if may_be_filled(slot, tracker)]
        found: list[Event] = await super().run(output_channel, nlg, tracker, fillable)
        return found


def may_be_filled(slot: Slot, tracker: DialogueStateTracker) -> bool:
    """False when no mapping of the slot can take anything from the latest message."""
    message = tracker.latest_message
    if message is None:
        return True
    intent, entities = message.intent.get("name"), {e.get("entity") for e in message.entities}
    return any(_may_fill(mapping, intent, entities) for mapping in slot.mappings)


def _may_fill(mapping: dict[str, Any], intent: Any, entities: set[Any]) -> bool:
    """Asks less than Rasa does, so it says yes too often, but never no in vain."""
    kind, intents = mapping["type"], mapping.get("intent")
    if kind == "custom":
        return "action" in mapping
    if kind == "from_entity":
        return mapping.get("entity") in entities
    return not intents or intent in SlotMapping.to_list(intents)
