"""What colleagues press on a lead's card is done once, for those who may, and told to the rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.slack.interactions import (
    modal_errors,
    opens_modal,
    snoozed_until,
    work_on,
)
from bot.delivery.slack_posts import slack_client
from sales.database import transaction
from sales.leads.lead import Lead
from sales.leads.store import lead_by_id, lead_history
from sales.takeover.store import current
from sales.team.roles import Member
from tests.integration.slack.house import (
    ANA,
    ENGINEER,
    MANAGER,
    NAMES,
    NOON,
    OFFICE,
    OTHER_REP,
    REP,
    SALES,
    STRANGER,
    House,
)
from tests.slack_people import Answer, actions_in, words_in
from tests.slack_stand_in import SlackStandIn
from tests.slack_workspace import Json

PACIFIC = ZoneInfo("America/Los_Angeles")


class Office(SlackStandIn):
    """Slack with the app's part in it: what is pressed is answered and then worked on."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.received: list[Json] = []

    def send_interaction(self, payload: Json) -> Answer:
        payload = json.loads(json.dumps(payload))
        if errors := modal_errors(payload):
            return Answer(200, json.dumps(errors))
        if view := opens_modal(payload):
            client = slack_client(House(self.engine, self).settings)
            asyncio.run(client.views_open(trigger_id=payload["trigger_id"], view=view))
        self.received.append(payload)
        work_on(self.engine, payload, lambda _session: None, NOON, OFFICE)
        return Answer(200)


@pytest.fixture
def slack(engine: Engine, team: dict[str, Member]) -> Iterator[Office]:
    with Office(engine) as slack:
        for user, name in NAMES.items():
            slack.add_user(user, name)
        slack.add_channel(SALES, "sales", "channel", *NAMES)
        yield slack


@pytest.fixture
def lead(house: House) -> Lead:
    """A new lead, whose card is in the channel."""
    lead = house.take()
    house.deliver()
    return lead


def now_is(house: House, lead: Lead) -> Lead:
    with transaction(house.engine) as session:
        found = lead_by_id(session, lead.id)
    assert found is not None
    return found


def whispers(house: House, user: str) -> list[str]:
    """What only this person was told."""
    house.deliver()
    return [told["text"] for told in house.slack.ephemerals if told["user"] == user]


def fill(house: House, user: str, action: str, **values: str) -> Answer:
    """Presses a button that opens a form, fills that in, and sends it."""
    house.slack.press(user, house.card(), action)
    return house.slack.submit(user, house.slack.opened_view(user), **values)


def test_whoever_claims_a_lead_has_it(house: House, lead: Lead, team: dict[str, Member]) -> None:
    house.slack.press(REP, house.card(), "Claim")
    house.deliver()

    assert now_is(house, lead).owner_id == team[REP].id
    assert "*Bo Chen* has it" in words_in(house.card())
    assert whispers(house, REP) == []


def test_two_claim_at_once_and_the_slower_is_told_who_was_faster(
    house: House, lead: Lead, team: dict[str, Member]
) -> None:
    card, start, users = house.card(), Barrier(2), (REP, OTHER_REP)

    def press(user: str) -> Answer:
        start.wait(timeout=30)
        return house.slack.press(user, card, "lead.claim")

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, users))

    assert all(answer.is_ok for answer in answers)
    winner = next(user for user in users if team[user].id == now_is(house, lead).owner_id)
    (loser,) = set(users) - {winner}
    assert whispers(house, winner) == []
    (told,) = whispers(house, loser)
    assert told.startswith(f"{NAMES[winner]} claimed {lead.reference}")
    with transaction(house.engine) as session:
        assert [event.what for event in lead_history(session, lead)].count("claimed") == 1


def test_a_stranger_is_told_how_to_become_known(house: House, lead: Lead) -> None:
    house.slack.press(STRANGER, house.card(), "lead.claim")
    fill(house, STRANGER, "lead.escalate", text="because I can", level="manager")

    assert now_is(house, lead) == lead
    told = whispers(house, STRANGER)
    assert len(told) == 2
    assert all("Ask the owner to add you" in text for text in told)
    assert STRANGER in told[0]
    assert len(house.cards()) == 1


def test_a_reply_goes_to_the_visitor_and_into_the_thread(
    house: House, lead: Lead, team: dict[str, Member]
) -> None:
    fill(house, REP, "lead.reply", text="We have them in stock.")
    house.deliver()

    assert (now_is(house, lead).state, now_is(house, lead).owner_id) == ("contacted", team[REP].id)
    assert _said_to_visitor(house) == ["We have them in stock."]
    assert house.thread()[-1] == "*Bo Chen to the visitor:*\n>We have them in stock."
    assert "Bo Chen answers the visitor" in words_in(house.card())
    assert "lead.release" in actions_in(house.card())


def test_a_form_that_comes_twice_is_sent_once(
    house: House, slack: Office, lead: Lead, team: dict[str, Member]
) -> None:
    fill(house, REP, "lead.reply", text="We have them in stock.")
    work_on(house.engine, slack.received[-1], lambda _session: None, NOON, OFFICE)

    assert _said_to_visitor(house) == ["We have them in stock."]


def test_the_visitor_is_handed_back_by_a_button(house: House, lead: Lead) -> None:
    fill(house, REP, "lead.reply", text="Hello")
    house.deliver()
    house.slack.press(REP, house.card(), "lead.release")
    house.deliver()

    with transaction(house.engine) as session:
        assert current(session, ANA.conversation_id) is None
    assert "lead.release" not in actions_in(house.card())


def test_an_escalation_asks_for_a_reason_and_calls_the_level(house: House, lead: Lead) -> None:
    answer = fill(house, REP, "lead.escalate", text="   ")
    assert answer.json["errors"] == {"text": "Say why, so that the next person need not ask."}
    assert now_is(house, lead).level == "rep"

    view = house.slack.opened_view(REP)  # it is still open
    house.slack.submit(REP, view, text="custom 144F", level="manager")
    house.deliver()
    assert now_is(house, lead).level == "manager"
    assert house.thread()[-1].startswith(f"<@{MANAGER}> ")
    assert "custom 144F" in house.thread()[-1]


def test_a_lead_is_won_lost_and_reopened(house: House, lead: Lead) -> None:
    house.slack.press(REP, house.card(), "lead.claim")
    house.deliver()
    fill(house, REP, "lead.won", text="")
    house.deliver()
    assert now_is(house, lead).state == "won"
    assert actions_in(house.card()) == ["lead.reopen", "lead.desk"]

    house.slack.press(REP, house.card(), "lead.reopen")
    house.deliver()
    fill(house, REP, "lead.lost", text="bought elsewhere")
    house.deliver()
    assert now_is(house, lead).closed_reason == "bought elsewhere"
    assert "*Lost* by Bo Chen" in words_in(house.card())


def test_what_the_rules_refuse_is_explained_to_the_one_who_asked(house: House, lead: Lead) -> None:
    house.slack.press(ENGINEER, house.card(), "lead.claim")
    house.deliver()
    fill(house, REP, "lead.reply", text="Mine!")

    (told,) = whispers(house, REP)
    assert f"{lead.reference} belongs to {NAMES[ENGINEER]}" in told
    assert _said_to_visitor(house) == []


def test_a_lead_sleeps_until_the_office_opens(house: House, lead: Lead) -> None:
    house.slack.press(REP, house.card(), "lead.snooze", "Until tomorrow")
    house.deliver()

    assert now_is(house, lead).snoozed_until == datetime(2025, 7, 2, 8, tzinfo=PACIFIC)
    assert "Snoozed until" in words_in(house.card())


@pytest.mark.parametrize(
    ("now", "choice", "until"),
    [
        (NOON, "hour", NOON + timedelta(hours=1)),
        (datetime(2025, 7, 4, 15, tzinfo=PACIFIC), "tomorrow", datetime(2025, 7, 7, 8)),
        (datetime(2025, 7, 1, 23, 30, tzinfo=PACIFIC), "tomorrow", datetime(2025, 7, 2, 8)),
        (datetime(2025, 7, 4, 15, tzinfo=PACIFIC), "week", datetime(2025, 7, 7, 8)),
        (datetime(2025, 7, 7, 9, tzinfo=PACIFIC), "week", datetime(2025, 7, 14, 8)),
        (datetime(2025, 10, 31, 9, tzinfo=PACIFIC), "tomorrow", datetime(2025, 11, 3, 8)),
    ],
)
def test_a_snooze_ends_when_somebody_is_there(now: datetime, choice: str, until: datetime) -> None:
    until = until if until.tzinfo else until.replace(tzinfo=PACIFIC)

    assert snoozed_until(choice, now, OFFICE) == until


def test_the_link_to_the_desk_changes_nothing(house: House, lead: Lead) -> None:
    house.slack.press(REP, house.card(), "lead.desk")

    assert now_is(house, lead) == lead
    assert whispers(house, REP) == []


def test_a_card_that_is_no_card_is_answered_in_words(house: House, slack: Office) -> None:
    button = {"type": "button", "action_id": "lead.claim", "value": "seventeen"}
    payload = {
        "type": "block_actions",
        "user": {"id": REP},
        "channel": {"id": SALES},
        "trigger_id": "1.2.3",
        "actions": [button],
    }
    work_on(house.engine, payload, lambda _session: None, NOON, OFFICE)
    house.deliver()

    assert "lead 17" in slack.ephemerals[-1]["text"]


def test_nothing_is_kept_when_the_inbox_cannot_be_closed(
    house: House, slack: Office, lead: Lead
) -> None:
    house.slack.press(REP, house.card(), "lead.desk")
    payload = slack.received[-1]
    payload["actions"][0] |= {"action_id": "lead.claim", "value": str(lead.id)}

    def lost(_session: object) -> None:
        raise RuntimeError("another worker has the row")

    with pytest.raises(RuntimeError):
        work_on(house.engine, payload, lost, NOON, OFFICE)
    assert now_is(house, lead) == lead


def _said_to_visitor(house: House) -> list[str]:
    query = "SELECT payload FROM outbox WHERE channel = 'visitor' AND kind = 'said' ORDER BY id"
    with transaction(house.engine) as session:
        found = session.execute(sa.text(query)).scalars().all()
    return [(json.loads(one) if isinstance(one, str) else one)["text"] for one in found]
