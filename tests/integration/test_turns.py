"""One message is answered once, whoever else answers it meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.conversations import EVENTS
from bot.fencing import LostTurnError
from bot.turns import SilentOutput, take_in
from tests.conversations.talk import Visitor


def rows(agent: Agent, visitor: Visitor) -> int:
    query = sa.select(sa.func.count()).where(EVENTS.c.sender_id == visitor.sender_id)
    with agent.tracker_store._tracker_store.engine.connect() as connection:
        return int(connection.execute(query).scalar() or 0)


def message(visitor: Visitor) -> UserMessage:
    output = SilentOutput("rest")
    return UserMessage("what is polarity?", output, visitor.sender_id, message_id="m1")


def test_what_somebody_saves_after_the_look_for_a_repeat_makes_the_turn_a_lost_one(
    agent: Agent, loop: asyncio.AbstractEventLoop, visitor: Visitor
) -> None:
    visitor.says("hello")
    engine = agent.tracker_store._tracker_store.engine

    def nobody_yet() -> bool:  # and right after this look somebody writes
        values: dict[str, Any] = {"type_name": "slot", "timestamp": 1.0, "data": "{}"}
        with engine.begin() as connection:
            connection.execute(sa.insert(EVENTS).values(sender_id=visitor.sender_id, **values))
        return False

    before = rows(agent, visitor)
    with pytest.raises(LostTurnError):
        loop.run_until_complete(take_in(agent, message(visitor), nobody_yet))

    assert rows(agent, visitor) == before + 1


def test_a_message_that_is_known_changes_nothing(
    agent: Agent, loop: asyncio.AbstractEventLoop, visitor: Visitor
) -> None:
    visitor.says("hello")
    before = rows(agent, visitor)

    loop.run_until_complete(take_in(agent, message(visitor), lambda: True))

    assert rows(agent, visitor) == before
