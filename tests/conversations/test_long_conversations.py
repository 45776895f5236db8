"""A long conversation costs no more than a short one, and forgets nothing that matters."""

from __future__ import annotations

import cProfile
import json
import pstats
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations import EVENTS
from sales.database import open_engine, transaction
from sales.leads.store import every_lead
from sales.settings import Settings
from tests.conversations.talk import Visitor

QUESTION = "what is insertion loss?"
TURNS = 600


class Work:
    """The function calls made meanwhile: unlike seconds, they do not depend on the machine."""

    calls = 0


@contextmanager
def counted() -> Iterator[Work]:
    profile, work = cProfile.Profile(), Work()
    profile.enable()
    try:
        yield work
    finally:
        profile.disable()
        work.calls = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


def rows_of(visitor: Visitor) -> list[dict[str, Any]]:
    query = sa.select(EVENTS).where(EVENTS.c.sender_id == visitor.sender_id)
    with open_engine(Settings.from_env().database_url).connect() as connection:
        return [dict(row) for row in connection.execute(query.order_by(EVENTS.c.id)).mappings()]


def grow(visitor: Visitor, turns: int) -> None:
    """As if the visitor's last turn had taken place so many times more."""
    rows = rows_of(visitor)
    began = max(n for n, row in enumerate(rows) if row["type_name"] == "user")
    turn = [{name: row[name] for name in row if name != "id"} for row in rows[began:]]
    with open_engine(Settings.from_env().database_url).begin() as connection:
        connection.execute(sa.insert(EVENTS), turn * turns)


@pytest.mark.parametrize("message", [QUESTION, "12F OM4 trunk 30 m", "400GBASE-DR4 400 m"])
def test_a_late_turn_does_what_an_early_turn_does_and_no_more(
    visitor: Visitor, message: str
) -> None:
    for text in ("hello", QUESTION, message, QUESTION):
        visitor.says(text)
    with counted() as early:
        visitor.says(message)
    visitor.says(QUESTION)
    grow(visitor, TURNS)
    visitor.says(QUESTION)  # reads on
    with counted() as late:
        visitor.says(message)

    assert late.calls < 1.5 * early.calls


def test_a_form_that_is_never_finished_does_not_cost_more_and_more(visitor: Visitor) -> None:
    for text in ("help me choose a connector", QUESTION, "hello", QUESTION):
        visitor.says(text)
    with counted() as early:
        visitor.says(QUESTION)
    for _ in range(20):
        visitor.says("hello")
        visitor.says(QUESTION)
    with counted() as late:
        visitor.says(QUESTION)

    assert late.calls < 2 * early.calls  # the whole of a short form is looked at, and no more
    assert visitor.slots()["requested_slot"]  # still open


def test_six_hundred_turns_later_the_facts_are_known_and_the_lead_has_every_word(
    visitor: Visitor,
) -> None:
    for text in ("recommend a connector", "400G", "no rework", "low loss matters", "performance"):
        visitor.says(text)
    known = visitor.slots()
    visitor.says(QUESTION)
    grow(visitor, TURNS)

    visitor.says("have somebody contact me")
    for text in ("Ana Ruiz", f"{visitor.sender_id}@example.com", "Acme", "none", "yes"):
        visitor.says(text)

    kept = {name: visitor.slots()[name] for name in ("data_rate", "rework", "recommendation")}
    assert kept == {name: known[name] for name in kept}
    with transaction(open_engine(Settings.from_env().database_url)) as session:
        lead = next(x for x in every_lead(session) if x.conversation_id == visitor.sender_id)
    told = [line["text"] for line in lead.transcript if line["who"] == "visitor"]
    assert told.count(QUESTION) == TURNS + 1
    assert told[:5] == [
        "recommend a connector",
        "400G",
        "no rework",
        "low loss matters",
        "performance",
    ]
    assert told[-1] == "yes"


def test_a_button_works_as_long_as_the_bot_remembers_having_shown_it(visitor: Visitor) -> None:
    visitor.says("hello")
    shown = visitor.reply.buttons or visitor.says("I want a quote").buttons
    payload = next(p for p in shown.values() if p.startswith("/"))
    visitor.says(QUESTION)
    grow(visitor, 60)

    reply = visitor.says(payload)

    assert "say_rephrase" not in reply.responses
    last = next(
        json.loads(row["data"]) for row in reversed(rows_of(visitor)) if row["type_name"] == "user"
    )
    assert last["text"] == payload
