"""Feedback on a real SQLite and PostgreSQL; the record of what was said, too."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.engine import Engine

from bot.conversations import EVENTS
from bot.record import Record
from sales.database import Base, transaction
from sales.feedback.store import (
    AnswerFeedback,
    ConversationRating,
    feedback_of,
    rate_answer,
    rate_conversation,
    rating_of,
)

NOON, LATER = datetime(2026, 5, 4, 12, tzinfo=UTC), datetime(2026, 5, 4, 13, tzinfo=UTC)


def test_the_last_thumb_and_the_last_rating_count(engine: Engine) -> None:
    with transaction(engine) as session:
        rate_answer(session, "web-1", 2, "up", NOON)
        rate_answer(session, "web-1", 1, "down", NOON)
        rate_answer(session, "web-1", 2, "down", LATER)
        rate_conversation(session, "web-1", 2, "", NOON)
        rate_conversation(session, "web-1", 5, "better", LATER)

    with transaction(engine) as session:
        assert feedback_of(session, "web-1") == [
            AnswerFeedback("web-1", 1, "down", NOON),
            AnswerFeedback("web-1", 2, "down", LATER),
        ]
        assert rating_of(session, "web-1") == ConversationRating("web-1", 5, "better", LATER)
        assert feedback_of(session, "web-2") == []
        assert rating_of(session, "web-2") is None


def test_the_database_refuses_what_is_no_thumb(engine: Engine) -> None:
    with transaction(engine) as session, pytest.raises(sa.exc.IntegrityError):
        rate_answer(session, "web-1", 1, "side", NOON)


@pytest.mark.parametrize("stars", [0, 6])
def test_the_database_refuses_what_is_no_rating(engine: Engine, stars: int) -> None:
    with transaction(engine) as session, pytest.raises(sa.exc.IntegrityError):
        rate_conversation(session, "web-1", stars, "", NOON)


def test_the_migration_creates_what_the_code_describes(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    names = ("answer_feedback", "conversation_ratings")
    assert [item for item in differences if any(name in repr(item) for name in names)] == []


def test_the_record_reads_on_from_where_it_was_and_notices_an_erasure(engine: Engine) -> None:
    SQLTrackerStore.Base.metadata.create_all(engine)
    record = Record(engine)

    def add(kind: str, **data: Any) -> None:
        event = {"event": kind, "timestamp": 1.0, **data}
        row = {"sender_id": "web-1", "type_name": kind, "timestamp": 1.0, "data": json.dumps(event)}
        with engine.begin() as connection:
            connection.execute(sa.insert(EVENTS).values(**row))

    assert record.read("web-1").messages == []
    add("user", text="hello", message_id="m1")
    add("slot", name="anything")
    assert record.read("web-1").answer_to("m1") == []
    add("bot", text="Hello!")
    assert [m.text for m in record.read("web-1").messages] == ["hello", "Hello!"]
    assert [m.number for m in record.read("web-1").answer_to("m1") or []] == [1]

    with engine.begin() as connection:
        connection.execute(sa.delete(EVENTS))
    assert record.read("web-1").messages == []
    assert record.answers()
