"""What may come in: signed, fresh, of a sensible size, and once. Real HTTP, really signed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.slack.channel import SlackChannel
from bot.channels.slack.requests import LARGEST_BODY
from sales.database import open_engine
from sales.outbox.tables import slack_inbox
from sales.settings import Settings
from tests.integration.slack.app import SlackApp, slack_settings
from tests.integration.slack.house import OTHER_REP, REP, STRANGER
from tests.slack_stand_in import SlackStandIn

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
FIVE_MINUTES_S = 300


@pytest.fixture
def app(engine: Engine, slack: SlackStandIn) -> Iterator[SlackApp]:
    """The channel on this test's database; no model is loaded."""
    app = SlackApp(engine, slack_settings(slack)).start()
    slack.app_url = app.url
    yield app
    app.stop()


def kept(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        query = sa.select(slack_inbox.c.event_key, slack_inbox.c.message_key, slack_inbox.c.kind)
        return list(connection.execute(query.order_by(slack_inbox.c.id)))


def event(slack: SlackStandIn, text: str = "hello") -> bytes:
    message = {"type": "message", "channel_type": "im", "channel": "D1", "user": STRANGER,
               "text": text, "ts": slack.next_ts()}  # fmt: skip
    envelope = {"type": "event_callback", "event_id": slack.next_id("Ev"), "event": message}
    return json.dumps(envelope).encode()


def test_slack_can_check_the_address(slack: SlackStandIn, app: SlackApp) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()

    assert slack.post(app.url, body, JSON).json == {"challenge": "abc"}


def test_a_message_is_kept_before_it_is_acknowledged(
    slack: SlackStandIn, app: SlackApp, engine: Engine
) -> None:
    said = slack.say(STRANGER, STRANGER, "what is MTP?")

    assert [answer.status for answer in said.answers] == [200]
    assert said.answers[0].body == ""
    assert said.answers[0].seconds < 1
    assert [row.event_key for row in kept(engine)] == [f"event:{said.event_ids[0]}"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "lie",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=\u00e9"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "9" * 40},
    ],
)
def test_a_forged_request_is_refused_without_details(
    slack: SlackStandIn, app: SlackApp, engine: Engine, lie: dict[str, str]
) -> None:
    body = event(slack)
    headers = {k: v.encode() for k, v in {**slack.signed(body), **lie}.items()}
    answer = requests.post(app.url, data=body, headers={"Content-Type": JSON, **headers}, timeout=9)

    assert (answer.status_code, answer.text) == (401, "")
    assert kept(engine) == []


def test_an_unsigned_or_wrongly_signed_request_is_refused(
    slack: SlackStandIn, app: SlackApp, engine: Engine
) -> None:
    body = event(slack)
    unsigned = requests.post(app.url, data=body, headers={"Content-Type": JSON}, timeout=9)
    elsewhere = slack.post(app.url, body, JSON, **slack.signed(body, secret="another app's"))
    changed = slack.post(app.url, body.replace(b"hello", b"hallo"), JSON, **slack.signed(body))

    assert [unsigned.status_code, elsewhere.status, changed.status] == [401, 401, 401]
    assert kept(engine) == []


def test_an_old_request_that_is_replayed_is_refused(
    slack: SlackStandIn, app: SlackApp, engine: Engine
) -> None:
    body = event(slack)
    old = slack.signed(body, at=time.time() - FIVE_MINUTES_S - 5)
    ahead = slack.signed(body, at=time.time() + FIVE_MINUTES_S + 5)

    assert slack.post(app.url, body, JSON, **old).status == 401
    assert slack.post(app.url, body, JSON, **ahead).status == 401
    assert kept(engine) == []


def test_a_fresh_request_that_is_replayed_changes_nothing(
    slack: SlackStandIn, app: SlackApp, engine: Engine
) -> None:
    body = event(slack)
    headers = slack.signed(body)

    assert [slack.post(app.url, body, JSON, **headers).status for _ in range(3)] == [200] * 3
    assert len(kept(engine)) == 1


def test_a_slash_command_and_a_button_that_are_replayed_count_once(
    slack: SlackStandIn, app: SlackApp, engine: Engine
) -> None:
    command = urlencode(
        {"command": "/fiber", "text": "help", "user_id": REP, "channel_id": "C0TALK",
         "trigger_id": "1.2.a"}
    ).encode()  # fmt: skip
    payload = {"type": "block_actions", "user": {"id": REP}, "channel": {"id": "C0TALK"},
               "actions": [{"action_id": "other"}], "trigger_id": "1.2.b"}  # fmt: skip
    button = urlencode({"payload": json.dumps(payload)}).encode()

    answers = [slack.post(app.url, body, FORM) for body in (command, button) * 2]

    assert [answer.status for answer in answers] == [200] * 4
    assert [row.kind for row in kept(engine)] == ["command", "interaction"]


def test_retry_headers_decide_nothing(slack: SlackStandIn, app: SlackApp, engine: Engine) -> None:
    """The first attempt never arrived: the message must not be lost for being called a retry."""
    first, second = event(slack, "first"), event(slack, "second")
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}

    assert slack.post(app.url, first, JSON, **again).status == 200
    assert slack.post(app.url, second, JSON).status == 200
    assert slack.post(app.url, second, JSON, **again).status == 200
    assert len(kept(engine)) == 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", JSON), (b"[]", JSON), (b"payload=%7B", FORM), (b'{"type": "url_verification"}', JSON)],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_signed_but_unreadable_is_refused(
    slack: SlackStandIn, app: SlackApp, engine: Engine, body: bytes, kind: str
) -> None:
    answer = slack.post(app.url, body, kind)

    assert (answer.status, answer.body) == (400, "")
    assert kept(engine) == []


def test_a_huge_body_is_refused(slack: SlackStandIn, app: SlackApp, engine: Engine) -> None:
    body = event(slack, "x" * LARGEST_BODY)

    assert slack.post(app.url, body, JSON).status in (413, 0)  # refused, or cut off while sending
    assert kept(engine) == []


def test_what_cannot_be_kept_is_not_acknowledged(
    slack: SlackStandIn, empty_database_url: str
) -> None:
    engine = open_engine(empty_database_url)
    app = SlackApp(engine, slack_settings(slack)).start()
    try:
        assert slack.post(app.url, event(slack), JSON).status == 503
    finally:
        app.stop()


def test_without_a_signing_secret_nothing_is_taken_over_http(
    slack: SlackStandIn, engine: Engine
) -> None:
    app = SlackApp(engine, slack_settings(slack, signing_secret="")).start()
    try:
        assert slack.post(app.url, event(slack), JSON).status == 404
    finally:
        app.stop()


def test_without_slack_the_channel_is_there_and_closed() -> None:
    channel = SlackChannel(Settings.from_env({}))
    routes = channel.blueprint(_nobody)

    assert channel.name() == "slack"
    assert {route.uri for route in routes._future_routes} == {"/webhook"}


async def _nobody(_message: object) -> None:
    """What Rasa passes; this channel has a way of its own."""


def test_two_people_at_once_are_both_heard(
    slack: SlackStandIn, app: SlackApp, engine: Engine
) -> None:
    slack.say(REP, REP, "hello")
    slack.say(OTHER_REP, OTHER_REP, "hello")

    assert len({row.message_key for row in kept(engine)}) == 2
