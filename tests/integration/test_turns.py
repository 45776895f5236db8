"""One message is answered once, whoever else answers it meanwhile."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.conversations import EVENTS
from bot.fencing import LostTurnError
from bot.record import Record
from bot.turns import Answer, SilentOutput, Turn, Turns, take_in
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

    def nobody_yet(_tracker: object) -> bool:  # and right after this look somebody writes
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

    loop.run_until_complete(take_in(agent, message(visitor), lambda _tracker: True))

    assert rows(agent, visitor) == before


def test_messages_that_come_at_once_are_answered_as_each_would_be_alone(
    agent: Agent, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And they are read in a thread while others are computed."""
    asked = ("hello", "what is polarity?", "show me 12 fiber OM4 trunks of 10 m", "thanks") * 3
    turns = Turns(Record(agent.tracker_store._tracker_store.engine), lambda: agent, "rest")
    read_in: list[str] = []
    parse = agent.processor._parse_message_with_graph

    def noting(*args: Any, **options: Any) -> Any:
        read_in.append(threading.current_thread().name)
        return parse(*args, **options)

    monkeypatch.setattr(agent.processor, "_parse_message_with_graph", noting)

    def turn(name: str, text: str) -> Turn:
        return Turn(f"{name}-{id(turns)}", f"{name}-m", text)

    async def all_at_once() -> list[Answer]:
        every = [turn(f"at-once-{n}", text) for n, text in enumerate(asked)]
        return await asyncio.gather(*map(turns.run, every))

    answers = loop.run_until_complete(all_at_once())

    alone = [loop.run_until_complete(turns.run(turn(text, text))) for text in asked[:4]]
    assert [said(answer) for answer in answers] == [said(answer) for answer in alone] * 3
    assert len(read_in) == len(asked) + len(alone)
    assert all(name.startswith("nlu") for name in read_in)


def said(answer: Answer) -> list[str]:
    return [reply.text for reply in answer.replies]
