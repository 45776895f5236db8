"""Two leads of one person become one, with everything of both."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.erasure import erase_person
from sales.leads import handling
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import find_lead
from sales.leads.tables import leads
from sales.leads.workflow import TransitionRefusedError
from sales.takeover.store import current
from tests.integration.leads.work import (
    LATER,
    OFFICE,
    ZOE,
    Team,
    at_once,
    do,
    events,
    everything,
    reread,
    rows,
    take,
)


def wait_until_it_waits(engine: Engine, job: Future[Lead]) -> None:
    """Until the job waits for our lock. SQLite cannot tell, and lets nobody pass anyway."""
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while engine.dialect.name == "postgresql" and not job.done():
        with engine.connect() as connection:
            if connection.execute(query).scalar_one():
                return


@pytest.fixture
def other(engine: Engine, lead: Lead) -> Lead:
    return take(
        engine,
        replace(
            ZOE,
            name="Zoë V.",
            email="zoe@home.example.com",
            phone="(408) 796-7735",
            note="cassettes too",
            products=("INX-B",),
            conversation_id="c2",
            transcript=({"who": "visitor", "text": "me again", "at": 2.0},),
        ),
    )


def test_a_merged_lead_has_everything_of_both(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    do(engine, handling.note, other.id, team["Ben"], "same person?")
    merged = do(engine, handling.merge_leads, lead.id, other.id, team["Max"])

    assert reread(engine, lead) == merged
    assert (merged.name, merged.email, merged.phone) == (
        "Zoe Visitor", "zoe@example.com", "+14087967735",
    )  # fmt: skip
    assert merged.note.splitlines() == [
        "20 trunks",
        "cassettes too",
        f"Also, from {other.reference}: Zoë V., zoe@home.example.com",
    ]
    assert merged.products == ("INX-A", "INX-B")
    assert [line["text"] for line in merged.transcript] == ["hello", "me again"]
    assert events(engine, lead) == [
        ("visitor", "taken"), ("visitor", "taken"), ("Ben", "note"),
        ("Max", "conversation_id"), ("Max", "merged"),
    ]  # fmt: skip


def test_the_old_name_goes_on_working_through_several_merges(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    third = take(engine, replace(ZOE, email="third@example.com", conversation_id="c3"))
    do(engine, handling.merge_leads, other.id, third.id, team["Max"])
    do(engine, handling.merge_leads, lead.id, other.id, team["Max"])

    with transaction(engine) as session:
        for reference in (third.reference, other.reference, str(other.id)):
            found = find_lead(session, reference)
            assert found is not None
            assert found.id == lead.id
    assert do(engine, handling.claim, third.id, team["Ann"]).id == lead.id


def test_a_visitor_in_conversation_stays_with_the_colleague(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    do(engine, handling.reply, other.id, team["Ann"], "hello", "k1")
    merged = do(engine, handling.merge_leads, lead.id, other.id, team["Max"])

    assert (merged.state, merged.owner_id) == ("contacted", team["Ann"].id)
    assert merged.due_at is None
    with transaction(engine) as session:
        takeover = current(session, "c2")
    assert takeover is not None
    assert (takeover.lead_id, takeover.author) == (lead.id, "Ann")


def test_who_asks_to_be_forgotten_is_forgotten_with_the_conversations_of_both(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    do(engine, handling.merge_leads, lead.id, other.id, team["Max"])

    with transaction(engine) as session:
        erased = erase_person(session, actor=team["Olga"], now=LATER, lead_id=lead.id)
    assert (erased.leads, erased.conversations) == (1, 2)


def test_what_is_not_delivered_yet_goes_on_under_the_new_name(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    do(engine, handling.merge_leads, lead.id, other.id, team["Max"])

    slack = rows(engine, "slack")
    assert {row["lead_id"] for row in slack[:-2]} == {lead.id}
    assert [(row["kind"], row["lead_id"]) for row in slack[-2:]] == [
        ("lead_card", other.id), ("thread", other.id),
    ]  # fmt: skip
    assert slack[-1]["payload"]["text"] == f"This is {lead.reference} now."


def test_an_open_lead_does_not_vanish_in_a_closed_one(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    do(engine, handling.close, lead.id, team["Ann"], "lost")
    before = everything(engine)

    with pytest.raises(TransitionRefusedError, match="the other way round"):
        do(engine, handling.merge_leads, lead.id, other.id, team["Max"])
    with pytest.raises(TransitionRefusedError, match="with itself"):
        do(engine, handling.merge_leads, lead.id, lead.id, team["Max"])
    assert everything(engine) == before
    assert do(engine, handling.merge_leads, other.id, lead.id, team["Max"]).state == "new"


def test_a_visitor_who_writes_while_leads_are_merged_stays_one_lead(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    """By the phone number of the lead that goes, which the other one inherits."""
    by_phone = LeadDraft(consent=True, phone=other.phone, note="are you there?")
    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as session:
            handling.merge_leads(session, lead.id, other.id, team["Max"], LATER, OFFICE)
            written = pool.submit(take, engine, by_phone, LATER)
            wait_until_it_waits(engine, written)
        assert written.result().id == lead.id

    with transaction(engine) as session:
        assert session.execute(sa.select(leads.c.id)).scalars().all() == [lead.id]
    assert "are you there?" in reread(engine, lead).note


def test_two_managers_who_merge_both_ways_at_once_lose_nothing(
    engine: Engine, team: Team, lead: Lead, other: Lead
) -> None:
    results = at_once(
        lambda: do(engine, handling.merge_leads, lead.id, other.id, team["Max"]),
        lambda: do(engine, handling.merge_leads, other.id, lead.id, team["Olga"]),
    )

    assert sorted(type(result).__name__ for result in results) == ["Lead", "TransitionRefusedError"]
    with transaction(engine) as session:
        assert len(session.execute(sa.select(leads.c.id)).all()) == 1
