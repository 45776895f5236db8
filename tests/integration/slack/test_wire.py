"""Buttons, modals and Socket Mode with the real slack_sdk on both ends of a real connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.slack.blocks import reply_message
from sales.database import transaction
from sales.leads.lead import Lead
from sales.leads.store import lead_by_id
from sales.outbox.tables import slack_inbox
from tests.integration.slack.app import SlackApp, slack_settings
from tests.integration.slack.house import REP, STRANGER, House
from tests.slack_stand_in import SlackStandIn

PATIENCE_S = 20
pytestmark = pytest.mark.usefixtures("team")


@pytest.fixture
def app(engine: Engine, slack: SlackStandIn) -> Iterator[SlackApp]:
    app = SlackApp(engine, slack_settings(slack)).start()
    slack.app_url = app.url
    yield app
    app.stop()


def eventually(holds: Callable[[], bool]) -> None:
    """The worker is in another thread, and tells nobody when it is done."""
    give_up = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.02)


def now_of(engine: Engine, lead: Lead) -> Lead:
    with transaction(engine) as session:
        found = lead_by_id(session, lead.id)
    assert found is not None
    return found


@pytest.mark.usefixtures("app")
def test_a_press_on_the_card_claims_the_lead(
    slack: SlackStandIn, house: House, engine: Engine
) -> None:
    lead = house.take()
    house.deliver()

    assert slack.press(REP, house.card(), "lead.claim").is_ok
    eventually(lambda: now_of(engine, lead).state == "claimed")


@pytest.mark.usefixtures("app")
def test_escalating_asks_for_a_reason_first(
    slack: SlackStandIn, house: House, engine: Engine
) -> None:
    lead = house.take()
    house.deliver()
    slack.press(REP, house.card(), "lead.escalate")
    view = slack.opened_view(REP)

    assert "errors" in slack.submit(REP, view, text=" ").json
    assert slack.submit(REP, view, text="custom 144F").body == ""
    eventually(lambda: now_of(engine, lead).level == "engineer")


@pytest.mark.usefixtures("app")
def test_a_visitor_may_fill_in_a_form(slack: SlackStandIn) -> None:
    direct = slack.direct_messages(STRANGER)
    asked = reply_message([{"text": "What is your name?", "custom": {"kind": "contact_form"}}])
    bot = {"user": "U0BOT", "bot_id": "B0BOT", "text": asked.text, "blocks": asked.blocks}
    for number, block in enumerate(bot["blocks"]):
        block["block_id"] = f"b{number}"  # Slack gives each one a name
    message = slack.add_message(direct, bot)

    assert slack.press(STRANGER, {**message, "channel": direct}, "form.contact").is_ok
    view = slack.opened_view(STRANGER)
    assert [b["block_id"] for b in view["blocks"]] == [
        "name", "reach", "company", "note", "consent",
    ]  # fmt: skip
    wrong = slack.submit(STRANGER, view, name="Ana Silva", reach="nowhere").json
    assert set(wrong["errors"]) == {"reach", "consent"}


def test_socket_mode_needs_no_address(engine: Engine, slack: SlackStandIn) -> None:
    settings = slack_settings(slack, "", slack.app_token)
    app = SlackApp(engine, settings).start()
    try:
        slack.until(lambda: slack.is_socket_open)
        said = slack.say(REP, REP, "help")
        with engine.connect() as connection:
            keys = connection.execute(sa.select(slack_inbox.c.event_key)).scalars().all()
    finally:
        app.stop()

    assert [answer.status for answer in said.answers] == [200]
    assert keys == [f"event:{said.event_ids[0]}"]
