"""A colleague takes a conversation over: one at a time, every word once, none lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from sales.office import Routes
from sales.outbox.tables import outbox
from sales.takeover.store import (
    NoConversationError,
    Takeover,
    begin,
    current,
    current_of_lead,
    end,
    end_restarted,
    end_silent,
    forward,
    is_said,
    say,
    takeover_by_id,
    tell_absence,
)
from sales.team.roles import Member
from sales.team.store import add_member

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SLACK = Routes(slack=True)
CHAT = "web-1"


@pytest.fixture
def ann(engine: Engine) -> Member:
    with transaction(engine) as session:
        return add_member(session, "Ann", "ann@example.com", "rep", NOON)


@pytest.fixture
def ben(engine: Engine) -> Member:
    with transaction(engine) as session:
        return add_member(session, "Ben", "ben@example.com", "engineer", NOON)


@pytest.fixture
def lead_id(engine: Engine) -> int:
    draft = LeadDraft(consent=True, name="Vi", email="vi@example.com", conversation_id=CHAT)
    with transaction(engine) as session:
        return take_lead(session, draft, NOON).id


def taken_over(engine: Engine, lead_id: int, by: Member, now: datetime = NOON) -> Takeover:
    with transaction(engine) as session:
        return begin(session, CHAT, lead_id, by, now)


def rows(engine: Engine, channel: str) -> list[Any]:
    query = sa.select(outbox).where(outbox.c.channel == channel).order_by(outbox.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query).all())


def told(engine: Engine) -> list[tuple[str, str]]:
    """What goes to the visitor: (kind, author)."""
    return [(row.kind, row.payload["author"]) for row in rows(engine, "visitor")]


def thread(engine: Engine) -> list[str]:
    """What goes to the lead's thread."""
    return [row.payload["text"] for row in rows(engine, "slack") if "text" in row.payload]


def test_the_visitor_hears_who_joined_what_they_said_and_that_they_left_in_this_order(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    with transaction(engine) as session:
        takeover = begin(session, CHAT, lead_id, ann, NOON)
        say(session, takeover, "Hello, Ann here.", "k1", NOON)
        assert end(session, takeover, "released", NOON)

    assert told(engine) == [("joined", "Ann"), ("said", "Ann"), ("left", "Ann")]
    assert {row.stream for row in rows(engine, "visitor")} == {f"visitor:{CHAT}"}
    assert {row.lead_id for row in rows(engine, "visitor")} == {lead_id}


def test_a_colleague_who_goes_on_joins_once(engine: Engine, ann: Member, lead_id: int) -> None:
    first = taken_over(engine, lead_id, ann)

    assert taken_over(engine, lead_id, ann, NOON + timedelta(minutes=5)).id == first.id
    assert told(engine) == [("joined", "Ann")]


def test_the_same_words_under_the_same_key_are_said_once(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    takeover = taken_over(engine, lead_id, ann)
    for _ in range(2):
        with transaction(engine) as session:
            say(session, takeover, "Hello", "k1", NOON)

    assert told(engine) == [("joined", "Ann"), ("said", "Ann")]
    with transaction(engine) as session:
        assert is_said(session, "k1")
        assert not is_said(session, "k2")


def test_another_colleague_relieves_the_first_without_the_assistant_coming_back(
    engine: Engine, ann: Member, ben: Member, lead_id: int
) -> None:
    first = taken_over(engine, lead_id, ann)
    taken_over(engine, lead_id, ben)

    assert told(engine) == [("joined", "Ann"), ("joined", "Ben")]
    with transaction(engine) as session:
        now_there, before = current(session, CHAT), takeover_by_id(session, first.id)
        assert current_of_lead(session, lead_id) == now_there
    assert now_there is not None
    assert now_there.author == "Ben"
    assert before is not None
    assert before.ended_why == "relieved"


def test_what_a_relieved_colleague_still_says_is_said_in_their_own_name(
    engine: Engine, ann: Member, ben: Member, lead_id: int
) -> None:
    anns = taken_over(engine, lead_id, ann)
    taken_over(engine, lead_id, ben)
    with transaction(engine) as session:
        say(session, anns, "One more thing", "k1", NOON)

    assert told(engine)[-1] == ("said", "Ann")
    with transaction(engine) as session:
        now_there = current(session, CHAT)
    assert now_there is not None
    assert now_there.author == "Ben"


def test_words_that_cross_with_the_end_begin_the_takeover_again(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    takeover = taken_over(engine, lead_id, ann)
    with transaction(engine) as session:
        end(session, takeover, "timeout", NOON)
    with transaction(engine) as session:
        say(session, takeover, "Here I am", "k1", NOON)

    assert [kind for kind, _ in told(engine)] == ["joined", "left", "joined", "said"]


def test_it_ends_once(engine: Engine, ann: Member, lead_id: int) -> None:
    takeover = taken_over(engine, lead_id, ann)
    with transaction(engine) as session:
        assert end(session, takeover, "released", NOON)
    with transaction(engine) as session:
        assert not end(session, takeover, "closed", NOON)
        assert current(session, CHAT) is None
        ended = takeover_by_id(session, takeover.id)

    assert ended is not None
    assert (ended.ended_at, ended.ended_why) == (NOON, "released")
    assert [kind for kind, _ in told(engine)] == ["joined", "left"]


def test_a_lead_without_a_chat_says_what_to_do_instead(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    with transaction(engine) as session, pytest.raises(NoConversationError, match="contact"):
        begin(session, "", lead_id, ann, NOON)


def test_only_the_colleague_who_is_silent_for_too_long_loses_the_conversation(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    takeover = taken_over(engine, lead_id, ann)
    later = NOON + timedelta(minutes=29)
    with transaction(engine) as session:
        say(session, takeover, "Still here", "k1", later)

    with transaction(engine) as session:
        assert end_silent(session, NOON + timedelta(minutes=31), 30, SLACK) == 0
    with transaction(engine) as session:
        assert end_silent(session, later + timedelta(minutes=30), 30, SLACK) == 1
    with transaction(engine) as session:
        assert end_silent(session, later + timedelta(minutes=31), 30, SLACK) == 0
    assert told(engine)[-1] == ("left", "Ann")
    assert len(thread(engine)) == 1
    assert "30 minutes" in thread(engine)[0]


def test_the_visitors_words_reach_the_colleague_once_and_only_while_they_listen(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    def say_to_ann(message_id: str, heard_by: Takeover | None = None) -> bool:
        with transaction(engine) as session:
            return forward(session, CHAT, message_id, "What about OM5?", NOON, SLACK, heard_by)

    assert not say_to_ann("m1")
    takeover = taken_over(engine, lead_id, ann)
    assert say_to_ann("m2")
    assert not say_to_ann("m2")
    with transaction(engine) as session:
        end(session, takeover, "released", NOON)
    assert not say_to_ann("m3")
    assert say_to_ann("m4", heard_by=takeover)  # it came while Ann still had the conversation

    said = rows(engine, "slack")
    assert [(row.kind, row.stream) for row in said] == [("visitor_said", f"lead:{lead_id}")] * 2
    assert said[0].payload == {"text": "What about OM5?", "at": "2026-05-04T12:00:00.000+00:00"}


def test_nothing_is_queued_for_slack_where_slack_is_not_connected(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    takeover = taken_over(engine, lead_id, ann)
    with transaction(engine) as session:
        assert not forward(session, CHAT, "m1", "hello", NOON, Routes())
        assert not tell_absence(session, takeover.id, NOON, Routes())
        assert end_restarted(session, CHAT, NOON, Routes()) is not None

    assert rows(engine, "slack") == []


def test_the_colleague_is_told_once_that_the_visitor_is_away(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    takeover = taken_over(engine, lead_id, ann)
    with transaction(engine) as session:
        assert tell_absence(session, takeover.id, NOON, SLACK)
        assert not tell_absence(session, takeover.id, NOON, SLACK)

    assert len(thread(engine)) == 1
    assert "not on the page" in thread(engine)[0]
    assert "vi@example.com" not in str(rows(engine, "slack"))


def test_a_visitor_who_begins_anew_is_with_the_assistant_and_the_colleague_knows(
    engine: Engine, ann: Member, lead_id: int
) -> None:
    taken_over(engine, lead_id, ann)
    with transaction(engine) as session:
        assert end_restarted(session, CHAT, NOON, SLACK) is not None
        assert end_restarted(session, CHAT, NOON, SLACK) is None
        assert current(session, CHAT) is None

    assert rows(engine, "visitor")[-1].payload["why"] == "restarted"
    assert "new conversation" in thread(engine)[0]
