"""Whoever talks to the trained assistant, in whatever order: every message is answered.

No apology, no exception in the log, and a form can be left at any time. A turn on the worst of
messages costs no more than so many turns on a usual one.
"""

from __future__ import annotations

import asyncio
import logging
import time
import tracemalloc
from collections.abc import Iterator
from random import Random

import pytest
from rasa.core.agent import Agent

from bot.channels.admission import TooLongError
from tests.conversations.talk import Reply, Visitor
from tests.fuzz.runs import SEED, chance, draws, share
from tests.fuzz.texts import LONGEST_MESSAGE, flood, message, near

PARSED, WALKS, STEPS = 300, 14, 9  # in a usual run
MOST_USUAL_TURNS = 60  # what one turn may cost; a message is up to sixty times as long
MOST_MEMORY = 30_000_000  # bytes above what was there before the turn
OPENINGS = (  # each opens a form
    "which connector do I need?",
    "I want to be contacted",
    "calculate a link budget",
    "check my channel",
    "plan a migration from 10G to 400G",
    "my MPO connector is damaged, what now?",
)
WAYS_OUT = ("stop", "cancel", "never mind, forget it")
USUAL = "100GBASE-SR4 over OM4, 80 m, with 4 connections"
WORST = (
    "4x 12f om4 ", "(", ")", "4" * 50 + " ", "nine" + " " * 400, "dr4", "not not ", "a@", "1,", "?",
    "INX-TRK-", "+1 408 796 7735 ", "\u0301", "\u202e\u200b", "sr4 to ", "trunk type a ", "{}[]<>",
    "4 pairs and ", "to 400G from ", "scratch not ", "\U0001f4a9", "/greet ", "=1+1;", "\n", "…",
)  # fmt: skip


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.ERROR)
    yield caplog
    assert not caplog.records, caplog.text


def check(said: str, reply: Reply, before: list[str]) -> None:
    """An answer that is not the apology."""
    where = f"FUZZ_SEED={SEED}, after {before!r}, {said!r}"
    assert reply.texts, f"{where}: nothing was answered"
    assert "say_apology" not in reply.responses, f"{where}: an apology"
    assert "{" not in "".join(reply.responses), where


def test_whatever_is_written_is_understood_as_something(
    agent: Agent, loop: asyncio.AbstractEventLoop, log: pytest.LogCaptureFixture
) -> None:
    for random in draws("the pipeline", PARSED):
        text = message(random)
        parsed = loop.run_until_complete(agent.parse_message(text))
        assert parsed["intent"]["name"] or not text.strip(), (SEED, text)


def test_every_message_of_a_random_conversation_is_answered(
    agent: Agent, loop: asyncio.AbstractEventLoop, log: pytest.LogCaptureFixture
) -> None:
    """A walk: an opening of a form, then messages, buttons, answers, changes of mind."""
    for random in draws("walks", WALKS):
        visitor, said = Visitor(agent, loop), [random.choice(OPENINGS)]
        check(said[-1], visitor.says(said[-1]), [])
        for _ in range(STEPS):
            text = next_message(random, visitor.reply)
            try:
                reply = visitor.says(text)
            except TooLongError:
                continue
            check(text, reply, said)
            said.append(text)


def next_message(random: Random, reply: Reply) -> str:
    """Mostly what a visitor could say, often what none would."""
    if reply.buttons and random.random() < 0.3:
        return random.choice(list(reply.buttons.values()))
    answers = ("OM4", "80 m", "100G", "yes", "no", "not sure", "why?", "type B", "MTP", "Ann Lee",
               "ann@example.com", "2", "scratched", random.choice(OPENINGS))  # fmt: skip
    writers = (message, near, lambda r: r.choice(answers), lambda r: r.choice(WAYS_OUT))
    return random.choices(writers, (5, 2, 3, 0.3))[0](random)


@pytest.mark.parametrize("opening", OPENINGS)
def test_every_form_can_be_left_after_any_message(
    opening: str, agent: Agent, loop: asyncio.AbstractEventLoop, log: pytest.LogCaptureFixture
) -> None:
    for number in range(share(1)):
        random = chance(f"{opening}{number}")
        visitor, text = Visitor(agent, loop), message(random)
        visitor.says(opening)
        visitor.says(text)
        for way_out in WAYS_OUT[:2]:
            check(way_out, visitor.says(way_out), [opening, text])

        tracker = loop.run_until_complete(agent.tracker_store.retrieve(visitor.sender_id))
        assert tracker.active_loop_name is None, (SEED, opening, text)


def test_the_worst_messages_cost_a_bounded_multiple_of_a_usual_one(
    agent: Agent, loop: asyncio.AbstractEventLoop, log: pytest.LogCaptureFixture
) -> None:
    usual_s = min(turn_s(agent, loop, USUAL) for _ in range(3))
    floods = [flood(random) for random in draws("floods of turns", 8)]
    texts = [(part * LONGEST_MESSAGE)[:LONGEST_MESSAGE] for part in WORST] + floods
    for text in texts:
        times = turn_s(agent, loop, text) / usual_s
        if times > MOST_USUAL_TURNS:  # once more: the machine may have been busy
            times = turn_s(agent, loop, text) / usual_s
        assert times <= MOST_USUAL_TURNS, f"FUZZ_SEED={SEED}, {text[:80]!r}: {times:.0f} times"


def turn_s(agent: Agent, loop: asyncio.AbstractEventLoop, text: str) -> float:
    """The processor's time for one turn of a fresh conversation, answered."""
    visitor = Visitor(agent, loop)
    began = time.thread_time()
    check(text, visitor.says(text), [])
    return time.thread_time() - began


def test_the_worst_messages_take_bounded_memory(
    agent: Agent, loop: asyncio.AbstractEventLoop, log: pytest.LogCaptureFixture
) -> None:
    for part in WORST[::3]:
        text = (part * LONGEST_MESSAGE)[:LONGEST_MESSAGE]
        tracemalloc.start()
        loop.run_until_complete(agent.parse_message(text))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < MOST_MEMORY, f"{text[:80]!r}: {most:,} bytes"
