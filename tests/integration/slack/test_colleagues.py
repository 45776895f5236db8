"""Colleagues work from Slack: commands, and the thread of a lead, done once and answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.channels.slack import inbox
from bot.channels.slack.colleagues import Colleagues
from bot.channels.slack.commands import Command
from bot.channels.slack.inbox import LostLeaseError, Received
from bot.channels.slack.places import Place
from sales.catalog.importer import import_products
from sales.catalog.sample import SAMPLE_FILE
from sales.database import transaction
from sales.leads.lead import Lead
from sales.leads.store import lead_by_id, lead_history
from sales.reference.seed import seed_reference
from sales.takeover.store import current_of_lead
from sales.team.store import change_member
from tests.integration.slack.house import (
    ENGINEER,
    MANAGER,
    NAMES,
    OFFICE,
    OTHER_REP,
    REP,
    SALES,
    STRANGER,
    House,
)
from tests.integration.slack.inbound import Inbound

DIRECT = "D0REP"
pytestmark = pytest.mark.usefixtures("team")


@pytest.fixture
def lead(house: House) -> Lead:
    """A lead of the website with its card in the sales channel."""
    lead = house.take()
    house.deliver()
    return lead


@pytest.fixture
def card(house: House, lead: Lead) -> str:
    """The thread of the lead's card."""
    return str(house.card()["ts"])


@pytest.fixture
def inbound(engine: Engine) -> Inbound:
    return Inbound(engine)


def now_of(engine: Engine, lead: Lead) -> Lead:
    with transaction(engine) as session:
        found = lead_by_id(session, lead.id)
    assert found is not None
    return found


# -- Commands


def test_a_rep_claims_and_closes_a_lead_in_a_direct_message(
    inbound: Inbound, engine: Engine, lead: Lead, team: dict[str, Any]
) -> None:
    inbound.say(REP, DIRECT, f"claim {lead.id}")
    inbound.say(REP, DIRECT, f"won {lead.id}")

    assert now_of(engine, lead).state == "won"
    assert now_of(engine, lead).owner_id == team[REP].id
    assert inbound.told("reply") == [f"{lead.reference} is yours.", f"{lead.reference} is won."]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("lead {id}", "Ana Lee, Acme, ana@example.com"),
        ("who has lead {id}?", "Nobody has L-"),
        ("what's open?", "Acme"),
        ("leads mine", "**Your leads:** none."),
        ("leads acme", "Acme"),
        ("leads nobody-of-that-name", "**Open leads:** none."),
        ("note {id} asked for a discount", "Noted on L-"),
        ("snooze {id} 2h", "sleeps until"),
        ("escalate {id} to engineering: custom 144F", "is escalated to engineering."),
        ("reply {id} It ships on Monday.", "Sent to the visitor"),
        ("help", "What you can ask me"),
        ("claim", "Write it like this: `claim 17`"),
        ("lead 4711", "There is no lead 4711"),
        ("won {id}", "Claim L-"),
        ("reassign {id} to Cy", "Only managers and owners may do that"),
        ("reassign {id} to Zoe", "No colleague has that name."),
        ("reassign {id} to <@U0NOBODY>", "Nobody in the team has that Slack user."),
        ("release {id}", "Nobody has taken over"),
        ("merge {id} 4711", "There is no lead 4711"),
    ],
)
def test_every_command_is_answered_in_words(
    inbound: Inbound, lead: Lead, said: str, told: str
) -> None:
    inbound.say(REP, DIRECT, said.format(id=lead.id))

    assert len(inbound.told()) == 1
    assert told in inbound.told()[0]


def test_a_manager_hands_a_lead_on_by_mention(
    inbound: Inbound, engine: Engine, lead: Lead, team: dict[str, Any]
) -> None:
    inbound.say(MANAGER, "D0MAN", f"reassign {lead.id} to <@{OTHER_REP}>")

    assert now_of(engine, lead).owner_id == team[OTHER_REP].id


def test_a_lead_that_is_taken_says_by_whom(inbound: Inbound, lead: Lead) -> None:
    inbound.say(REP, DIRECT, f"claim {lead.id}")
    inbound.say(OTHER_REP, "D0OTHER", f"claim {lead.id}")

    assert f"{NAMES[REP]} claimed {lead.reference}" in inbound.told()[-1]


def test_a_command_that_slack_repeats_is_done_once(
    inbound: Inbound, engine: Engine, lead: Lead
) -> None:
    ts = inbound.say(REP, DIRECT, f"note {lead.id} wants a call")
    again = {"type": "message", "channel": DIRECT, "channel_type": "im", "user": REP,
             "text": f"note {lead.id} wants a call", "ts": ts}  # fmt: skip

    assert not inbound.take("event", {"event_id": "EvOther", "event": again})
    with transaction(engine) as session:
        notes = [event for event in lead_history(session, lead) if event.what == "note"]
    assert len(notes) == 1


def test_a_command_whose_worker_lost_it_changes_nothing(
    engine: Engine, lead: Lead, team: dict[str, Any]
) -> None:
    """The claim and the end of the row are one transaction: both are kept, or neither."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        inbox.keep(session, Received("event", "Ev1", None, "a", {}), now)
        (slow,) = inbox.lease(session, now, 30, 1, "slow")
        inbox.lease(session, now + timedelta(minutes=1), 30, 1, "fast")
    place, command = Place(DIRECT, "", REP), Command("claim", lead=str(lead.id))

    with pytest.raises(LostLeaseError):
        Colleagues(engine, OFFICE).command(slow, team[REP], command, place, "key")

    assert now_of(engine, lead).state == "new"


def test_a_slash_command_is_answered_to_the_one_who_asked(inbound: Inbound, lead: Lead) -> None:
    inbound.slash(REP, "C0TALK", f"lead {lead.id}")

    (row,) = inbound.rows("slack", "ephemeral")
    assert (row["payload"]["user"], row["payload"]["channel"]) == (REP, "C0TALK")
    assert row["payload"]["response_url"]
    assert "ana@example.com" in row["payload"]["text"]


def test_contacts_are_whispered_where_others_read_along(inbound: Inbound, lead: Lead) -> None:
    inbound.mention(REP, "C0TALK", f"lead {lead.id}")
    inbound.mention(REP, SALES, f"lead {lead.id}")

    assert [row["kind"] for row in inbound.rows("slack", "reply", "ephemeral")] == [
        "ephemeral",
        "reply",
    ]


def test_who_has_left_the_team_can_do_nothing(
    inbound: Inbound, engine: Engine, lead: Lead, team: dict[str, Any]
) -> None:
    with transaction(engine) as session:
        change_member(session, team[REP].id, is_active=False)
    inbound.say(REP, DIRECT, f"claim {lead.id}")

    assert now_of(engine, lead).state == "new"


def test_products_and_link_budgets_are_looked_up(inbound: Inbound, engine: Engine) -> None:
    seed_reference(engine)
    import_products(engine, SAMPLE_FILE)
    inbound.say(REP, DIRECT, "find 12F OM4 trunk type B 30 m")
    inbound.say(REP, DIRECT, "find something nice")
    inbound.say(REP, DIRECT, "budget 400GBASE-DR4 400 m 4 connections")

    found, unread, budget = (
        row["payload"]["messages"][0] for row in inbound.rows("slack", "reply")
    )
    assert found["custom"]["kind"] == "products"
    assert all("OM4" in item["title"] for item in found["custom"]["items"])
    assert "could not read a product" in unread["text"]
    assert "400GBASE-DR4" in budget["text"]


# -- The thread of a lead


def test_a_reply_in_the_thread_goes_to_the_visitor_in_the_reps_name(
    inbound: Inbound, engine: Engine, lead: Lead, card: str, team: dict[str, Any]
) -> None:
    inbound.say(REP, SALES, "Hello Ana, <@U0ENG> has &lt;2 m&gt; in stock.", card)
    inbound.say(REP, SALES, "It ships on Monday.", card)

    assert inbound.said_to_visitor() == [
        f"Hello Ana, {NAMES[ENGINEER]} has <2 m> in stock.",
        "It ships on Monday.",
    ]
    with transaction(engine) as session:
        takeover = current_of_lead(session, lead.id)
    assert takeover is not None
    assert takeover.author == NAMES[REP]
    assert now_of(engine, lead).state == "contacted"
    assert now_of(engine, lead).owner_id == team[REP].id
    assert ["taken over" in text for text in inbound.told()] == [True]  # once, not each time
    assert inbound.rows("slack", "colleague_said") == []  # it stands in the thread already


def test_a_note_stays_among_colleagues(
    inbound: Inbound, engine: Engine, lead: Lead, card: str
) -> None:
    inbound.say(REP, SALES, "note: they compare us with another shop", card)

    assert inbound.said_to_visitor() == []
    assert inbound.told() == []
    with transaction(engine) as session:
        assert [e.what for e in lead_history(session, lead)].count("note") == 1


def test_the_thread_knows_its_lead(inbound: Inbound, engine: Engine, lead: Lead, card: str) -> None:
    inbound.say(REP, SALES, "Hello.", card)
    inbound.say(REP, SALES, "release", card)
    inbound.say(REP, SALES, "escalate to engineering: custom 144F", card)
    inbound.say(REP, SALES, "lost: bought elsewhere", card)

    assert inbound.said_to_visitor() == ["Hello."]
    assert now_of(engine, lead).state == "lost"
    assert now_of(engine, lead).closed_reason == "bought elsewhere"
    with transaction(engine) as session:
        assert current_of_lead(session, lead.id) is None


def test_a_stranger_in_the_thread_is_told_and_the_visitor_hears_nothing(
    inbound: Inbound, engine: Engine, lead: Lead, card: str
) -> None:
    inbound.say(STRANGER, SALES, "escalate to engineering: let me in", card)
    inbound.say(STRANGER, SALES, "Hello visitor", card)

    assert inbound.said_to_visitor() == []
    assert now_of(engine, lead).version == lead.version
    assert all("Nothing was sent to the visitor" in text for text in inbound.told())
    assert {row["payload"]["user"] for row in inbound.rows("slack", "ephemeral")} == {STRANGER}


def test_what_is_said_to_the_bot_in_the_thread_never_reaches_the_visitor(
    inbound: Inbound, engine: Engine, lead: Lead, card: str
) -> None:
    inbound.mention(REP, SALES, "claim", card)
    inbound.mention(REP, SALES, "what do you think of this one?", card)

    assert inbound.said_to_visitor() == []
    assert now_of(engine, lead).state == "claimed"
    assert "nothing was sent" in inbound.told()[-1]


def test_a_refusal_in_the_thread_is_told_and_nothing_is_sent(
    inbound: Inbound, lead: Lead, card: str
) -> None:
    inbound.say(REP, SALES, "claim", card)
    inbound.say(OTHER_REP, SALES, "Hello from me too", card)

    assert inbound.said_to_visitor() == []
    assert "belongs to Bo Chen" in inbound.told()[-1]


def test_files_do_not_go_unsaid(inbound: Inbound, lead: Lead, card: str) -> None:
    files = {"subtype": "file_share", "files": [{"id": "F1"}]}
    inbound.say(REP, SALES, "", card, **files)
    inbound.say(REP, SALES, "Here is the drawing.", card, **files)

    assert inbound.said_to_visitor() == ["Here is the drawing."]
    assert all("Files do not reach the visitor" in text for text in inbound.told())


def test_a_thread_of_ours_that_is_no_card_says_so(inbound: Inbound, lead: Lead) -> None:
    inbound.say(REP, SALES, "Hello", "1.2", parent_user_id="U0BOT")

    assert inbound.said_to_visitor() == []
    assert "belongs to no lead" in inbound.told()[0]


def test_colleagues_may_talk_in_the_sales_channel(inbound: Inbound, lead: Lead) -> None:
    first = inbound.say(REP, SALES, f"claim {lead.id} please, anybody?")
    inbound.say(OTHER_REP, SALES, f"claim {lead.id}", first)

    assert inbound.told() == []
    assert inbound.said_to_visitor() == []
