"""What the assistant does not know is kept for the owner, and nothing else is."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.engine import Engine

from actions.conversation import ActionFallback
from bot.nlu.entities import find_entities
from sales.database import Base, open_engine, transaction
from sales.questions.store import grouped_questions
from sales.questions.tables import unknown_questions
from sales.settings import Settings
from sales.team.tables import team_members
from tests.conversations.talk import Visitor

GIBBERISH = "snorkel the frobnicator upside"


def kept(visitor: Visitor) -> list[Any]:
    query = sa.select(unknown_questions).where(
        unknown_questions.c.conversation_id == visitor.sender_id
    )
    with transaction(open_engine(Settings.from_env().database_url)) as session:
        return list(session.execute(query.order_by(unknown_questions.c.id)))


def test_a_question_that_was_not_understood_is_kept_once(visitor: Visitor) -> None:
    visitor.says(GIBBERISH)

    (row,) = kept(visitor)
    assert (row.text, row.kind, row.status) == (GIBBERISH, "not_understood", "open")


def test_a_question_beside_our_subject_is_kept_as_such(visitor: Visitor) -> None:
    visitor.says("what is the weather like in Paris tomorrow")

    assert "say_out_of_scope" in visitor.reply.responses
    (row,) = kept(visitor)
    assert row.kind == "out_of_scope"


def test_what_was_answered_is_not_kept(visitor: Visitor) -> None:
    visitor.says("what does the return loss number tell me")
    visitor.says("hello")
    visitor.says("no clue really")

    assert kept(visitor) == []


def test_three_misses_in_a_row_are_three_questions(visitor: Visitor) -> None:
    for text in (GIBBERISH, "wubba lubba dub dub", "zibble zabble"):
        visitor.says(text)

    assert [row.text for row in kept(visitor)] == [
        GIBBERISH,
        "wubba lubba dub dub",
        "zibble zabble",
    ]


def test_a_failed_answer_to_a_form_is_no_question_but_a_question_in_it_is(visitor: Visitor) -> None:
    visitor.says("which plug fits our needs? please guide me")
    visitor.says("wubba lubba dub dub")
    assert kept(visitor) == []

    visitor.says("can your boat sail to Paris tomorrow?")

    assert [row.text for row in kept(visitor)] == ["can your boat sail to Paris tomorrow?"]


def test_nothing_that_is_said_in_the_contact_form_is_kept(visitor: Visitor) -> None:
    visitor.says("i want to talk to a person")
    visitor.says("yes")
    assert "say_ask_contact_form_contact_name" in visitor.reply.responses
    visitor.says("zibble zabble what is the weather?")
    visitor.says("snorkel my address is somewhere?")

    assert kept(visitor) == []


def fall_back(text: str, **understood: Any) -> list[dict[str, Any]]:
    """What the fallback says to a message outside any form."""
    message = {"text": text, "intent": {"name": "nlu_fallback", "confidence": 0.35}, **understood}
    tracker = Tracker("c1", {}, message, [{"event": "user"}], False, None, {}, "")
    dispatcher = CollectingDispatcher()
    ActionFallback().run(dispatcher, tracker, {})
    return list(dispatcher.messages)


@pytest.fixture
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database of its own for the actions, with no conversations in it."""
    url = f"sqlite:///{tmp_path / 'questions.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    Base.metadata.create_all(open_engine(url), tables=[team_members, unknown_questions])
    return open_engine(url)


def test_the_closest_topics_are_kept_with_the_question(questions: Engine) -> None:
    faq = {"ranking": [{"intent_response_key": "faq/polish", "confidence": 0.8}]}
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.35},
        {"name": "faq", "confidence": 0.3},
        {"name": "ask_link", "confidence": 0.2},
        {"name": "greet", "confidence": 0.01},
    ]

    fall_back("is it shiny", intent_ranking=ranking, response_selector={"faq": faq})

    with transaction(questions) as session:
        (group,) = grouped_questions(session)
    assert set(group.guesses) == {"faq/polish", "ask_link"}


def test_an_address_in_a_question_is_not_kept(questions: Engine) -> None:
    text = "mail ana@example.com or call +1 408 796 7735, ok"
    found = [(e.name, e.start, e.end) for e in find_entities(text)]
    entities = [{"entity": name, "start": start, "end": end} for name, start, end in found]

    fall_back(text, entities=entities)

    with transaction(questions) as session:
        (group,) = grouped_questions(session)
    assert group.texts == ("mail [e-mail] or call [phone], ok",)


def test_a_pressed_button_is_no_question(questions: Engine) -> None:
    fall_back('/inform{"data_rate": 400}')

    with transaction(questions) as session:
        assert grouped_questions(session) == []


def test_a_question_that_cannot_be_kept_is_answered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'no_tables.db'}")

    with caplog.at_level(logging.DEBUG):
        messages = fall_back("my secret question")

    assert [message["response"] for message in messages] == ["say_rephrase"]
    assert "question.not_kept: OperationalError" in caplog.text
    assert "secret" not in caplog.text
