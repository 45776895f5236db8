"""Looking only at the slots that a message may fill finds what looking at all of them finds."""

from __future__ import annotations

import pytest
from rasa.core.actions.action import ActionExtractSlots
from rasa.core.agent import Agent
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot.default_actions import FillableSlots, may_be_filled
from tests.conversations.talk import Visitor

TALKS = (
    ("help me choose", "400G", "no rework", "very sensitive to loss", "performance first"),
    ("MTP, 12 fiber OM4, 30 m, under $500, we repair ourselves", "cheapest", "and OM3?"),
    ("does 100GBASE-SR4 work over 80 m of OM4 with 2 connections?", "and with 2 splices?"),
    ("can somebody call me?", "Ada Lovelace", "ada@example.com", "Analytical Engines", "no", "yes"),
    ("we found a damaged connector", "the end face is scratched", "stop", "qwzrx blub"),
)


@pytest.mark.parametrize("talk", TALKS, ids=[talk[0] for talk in TALKS])
def test_every_message_fills_the_same_slots(
    talk: tuple[str, ...], agent: Agent, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled, left_out = list[Event](), 0
    some = FillableSlots.run

    async def both(self: FillableSlots, *asked: object) -> list[Event]:
        nonlocal left_out
        found = await some(self, *asked)
        assert found == await ActionExtractSlots.run(self, *asked)
        *_, tracker, domain = asked
        assert isinstance(tracker, DialogueStateTracker)
        left_out += sum(not may_be_filled(slot, tracker) for slot in domain.slots)
        filled.extend(found)
        return found

    monkeypatch.setattr(FillableSlots, "run", both)
    for text in talk:
        visitor.says(text)

    assert left_out
    if talk is TALKS[0]:  # and what is compared is not nothing
        assert len(filled) >= len(talk) - 1
