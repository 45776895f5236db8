"""A colleague answers the visitor from a lead: said once, to the right conversation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads import handling
from sales.leads.lead import Lead
from sales.leads.workflow import TransitionRefusedError
from sales.takeover.store import current
from tests.integration.leads.work import (
    LATER,
    ZOE,
    Team,
    at_once,
    do,
    events,
    everything,
    kinds,
    reread,
    rows,
    take,
    thread_lines,
)


def test_a_reply_claims_the_lead_joins_the_visitor_and_says_it(
    engine: Engine, team: Team, lead: Lead
) -> None:
    answered = do(engine, handling.reply, lead.id, team["Ann"], " Hello Zoe ", "k1")

    assert (answered.state, answered.owner_id) == ("contacted", team["Ann"].id)
    assert (answered.claimed_at, answered.contacted_at) == (LATER, LATER)
    told = rows(engine, "visitor")
    assert [(row["kind"], row["payload"]["author"]) for row in told] == [
        ("joined", "Ann"), ("said", "Ann"),
    ]  # fmt: skip
    assert told[1]["payload"]["text"] == "Hello Zoe"
    assert {row["stream"] for row in told} == {"visitor:c1"}
    assert events(engine, lead)[1:] == [("Ann", "claimed"), ("Ann", "contacted")]


def test_a_repeated_reply_says_nothing_twice(engine: Engine, team: Team, lead: Lead) -> None:
    first = do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1")
    before = everything(engine)

    assert do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1") == first
    assert everything(engine) == before


def test_a_reply_that_arrives_several_times_at_once_is_said_once(
    engine: Engine, team: Team, lead: Lead
) -> None:
    results = at_once(
        *(lambda: do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1") for _ in range(4))
    )

    assert all(isinstance(result, Lead) for result in results), results
    assert kinds(engine, "visitor") == ["joined", "said"]
    assert [what for _, what in events(engine, lead)] == ["taken", "claimed", "contacted"]


def test_of_two_who_answer_an_unclaimed_lead_at_once_one_does(
    engine: Engine, team: Team, lead: Lead
) -> None:
    results = at_once(
        lambda: do(engine, handling.reply, lead.id, team["Ann"], "from Ann", "k1"),
        lambda: do(engine, handling.reply, lead.id, team["Ben"], "from Ben", "k2"),
    )

    assert sorted(type(result).__name__ for result in results) == ["Lead", "NotAllowedError"]
    assert kinds(engine, "visitor") == ["joined", "said"]


def test_what_is_written_in_the_desk_is_shown_in_slack_and_not_the_other_way(
    engine: Engine, team: Team, lead: Lead
) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "from the desk", "k1")
    do(engine, handling.reply, lead.id, team["Ann"], "from Slack", "k2", said_in="slack")

    said = [row["payload"] for row in rows(engine, "slack") if row["kind"] == "colleague_said"]
    assert said == [{"author": "Ann", "text": "from the desk"}]
    assert kinds(engine, "visitor") == ["joined", "said", "said"]


def test_a_further_reply_is_in_the_history_and_no_news_for_other_systems(
    engine: Engine, team: Team, lead: Lead
) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "one", "k1")
    do(engine, handling.reply, lead.id, team["Ann"], "two", "k2")

    assert events(engine, lead)[-1] == ("Ann", "replied")
    assert kinds(engine, "webhook") == ["lead.created", "lead.claimed", "lead.contacted"]


def test_an_engineer_who_answers_takes_the_conversation_and_not_the_lead(
    engine: Engine, team: Team, lead: Lead
) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1")
    answered = do(engine, handling.reply, lead.id, team["Eve"], "it is type B", "k2")

    assert answered.owner_id == team["Ann"].id
    with transaction(engine) as session:
        takeover = current(session, "c1")
    assert takeover is not None
    assert takeover.author == "Eve"
    told = [(row["kind"], row["payload"]["author"]) for row in rows(engine, "visitor")]
    assert told == [("joined", "Ann"), ("said", "Ann"), ("joined", "Eve"), ("said", "Eve")]


def test_a_colleague_follows_the_visitor_into_a_new_conversation(
    engine: Engine, team: Team, lead: Lead
) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1")
    take(engine, replace(ZOE, conversation_id="c2"), LATER)
    do(engine, handling.reply, lead.id, team["Ann"], "still here", "k2")

    with transaction(engine) as session:
        assert current(session, "c1") is None
        assert current(session, "c2") is not None
    told = [(row["stream"], row["kind"]) for row in rows(engine, "visitor")]
    assert told[2:] == [("visitor:c1", "left"), ("visitor:c2", "joined"), ("visitor:c2", "said")]


@pytest.mark.parametrize(("text", "says"), [("  ", "should read"), ("x" * 4_001, "under 4,000")])
def test_a_text_that_cannot_be_sent_claims_nothing(
    engine: Engine, team: Team, lead: Lead, text: str, says: str
) -> None:
    with pytest.raises(TransitionRefusedError, match=says):
        do(engine, handling.reply, lead.id, team["Ann"], text, "k1")
    assert reread(engine, lead) == lead


def test_a_visitor_without_a_chat_is_not_answered_into_nothing(engine: Engine, team: Team) -> None:
    by_rest = take(engine, replace(ZOE, channel="rest"))

    with pytest.raises(TransitionRefusedError, match="e-mail or phone"):
        do(engine, handling.reply, by_rest.id, team["Ann"], "hello", "k1")
    assert reread(engine, by_rest).owner_id is None


def test_released_the_assistant_answers_again(engine: Engine, team: Team, lead: Lead) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1")
    do(engine, handling.release, lead.id, team["Ann"])

    assert rows(engine, "visitor")[-1]["payload"]["why"] == "released"
    assert thread_lines(engine)[-1] == ("Ann handed the visitor back to the assistant.", [])
    with pytest.raises(TransitionRefusedError, match="the assistant answers"):
        do(engine, handling.release, lead.id, team["Ann"])


def test_who_took_over_may_always_let_go(engine: Engine, team: Team, lead: Lead) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1")
    do(engine, handling.reassign, lead.id, team["Max"], team["Ben"])
    do(engine, handling.release, lead.id, team["Ann"])

    assert kinds(engine, "visitor")[-1] == "left"


def test_closing_a_lead_ends_the_takeover(engine: Engine, team: Team, lead: Lead) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "hello", "k1")
    closed = do(engine, handling.close, lead.id, team["Ann"], "lost", reason=" too dear ")

    assert (closed.state, closed.closed_at, closed.closed_reason) == ("lost", LATER, "too dear")
    assert rows(engine, "visitor")[-1]["payload"]["why"] == "closed"
    with transaction(engine) as session:
        assert current(session, "c1") is None
