"""Visitors talk with the really trained assistant in Slack."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack import contact_modal
from bot.channels.slack.blocks import reply_message
from bot.channels.slack.messages import conversation_of
from bot.record import Record, VisitorMessage
from sales.database import open_engine, transaction
from sales.leads import handling
from sales.leads.inbox import leads_in_inbox
from sales.outbox.tables import slack_inbox
from sales.settings import Settings
from sales.team.roles import Member
from sales.team.store import add_member, member_by_slack
from tests.integration.slack.house import OFFICE, REP, STRANGER
from tests.integration.slack.inbound import Inbound
from tests.slack_checks import message_problems
from tests.slack_stand_in import SlackStandIn
from tests.slack_workspace import Json

RECOMMEND = "help me choose a connector for my network"
_numbers = count(1)


@pytest.fixture
def inbound(agent: Agent, loop: asyncio.AbstractEventLoop, slack: SlackStandIn) -> Inbound:
    """The channel with the assistant of this test run; the database is the assistant's."""
    engine = open_engine(Settings.from_env().database_url)
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    return Inbound(engine, client, lambda: agent, loop)


@pytest.fixture
def direct() -> str:
    """A direct message that nothing was said in yet."""
    return f"D{next(_numbers):05d}"


@pytest.fixture
def rep(inbound: Inbound) -> Member:
    with transaction(inbound.engine) as session:
        known = member_by_slack(session, REP)
        return known or add_member(
            session, "Bo Chen", "bo@example.com", "rep", datetime.now(UTC), REP
        )


def answers(inbound: Inbound, channel: str) -> list[Json]:
    """What the assistant answered there, oldest first; each is one message Slack would take."""
    rows = [row["payload"] for row in inbound.rows("slack", "reply")]
    found = [payload for payload in rows if payload["channel"] == channel]
    for payload in found:
        drawn = reply_message(payload["messages"], payload.get("chosen", ""))
        assert message_problems(drawn.blocks) == []
    return found


def words(payload: Json) -> str:
    return "\n".join(message["text"] for message in payload["messages"])


def payload_of(payload: Json, title: str) -> str:
    buttons = [b for message in payload["messages"] for b in message.get("buttons", [])]
    return next(str(b["payload"]) for b in buttons if b["title"] == title)


def test_a_direct_message_is_answered_with_one_message(inbound: Inbound, direct: str) -> None:
    inbound.say(STRANGER, direct, "what's the difference between MTP and MPO?")

    (answer,) = answers(inbound, direct)
    assert answer["thread_ts"] == ""
    assert "US Conec" in words(answer)


def test_a_mention_in_a_channel_is_answered_in_a_thread_of_its_own(inbound: Inbound) -> None:
    channel = f"C{next(_numbers):05d}"
    first = inbound.mention(STRANGER, channel, RECOMMEND)
    inbound.mention(STRANGER, channel, "400G", first)
    inbound.mention(STRANGER, channel, "no", first)
    second = inbound.mention(REP, channel, "no")

    *ours, fresh = answers(inbound, channel)
    assert [a["thread_ts"] for a in (*ours, fresh)] == [first, first, first, second]
    assert "data rate" in words(ours[0])
    assert "sensitive to loss" in words(ours[2])
    assert "sensitive to loss" not in words(fresh)


def test_threads_of_a_direct_message_are_conversations_of_their_own(
    inbound: Inbound, direct: str
) -> None:
    inbound.say(STRANGER, direct, RECOMMEND)
    inbound.say(STRANGER, direct, "400G")
    inbound.say(STRANGER, direct, "no", thread_ts="1600000000.000001")
    inbound.say(STRANGER, direct, "no")

    *_, in_thread, at_top = answers(inbound, direct)
    assert "sensitive to loss" not in words(in_thread)
    assert "sensitive to loss" in words(at_top)


def test_a_button_works_and_shows_what_was_chosen(inbound: Inbound, direct: str) -> None:
    inbound.say(STRANGER, direct, RECOMMEND)
    inbound.press(STRANGER, direct, payload_of(answers(inbound, direct)[0], "400G"))

    pressed = answers(inbound, direct)[1]
    assert pressed["chosen"] == "400G"
    assert "serviceable" in words(pressed)


@pytest.mark.parametrize("forged", ['/inform{"data_rate": 400}', "/session_start", "", "sha256:0"])
def test_a_payload_that_was_never_issued_does_nothing(
    inbound: Inbound, direct: str, forged: str
) -> None:
    inbound.say(STRANGER, direct, "hello")
    inbound.press(STRANGER, direct, forged)

    assert len(answers(inbound, direct)) == 1
    assert "belongs to a conversation that is over" in inbound.told("ephemeral")[-1]


def test_a_typed_command_of_rasa_is_read_as_text(inbound: Inbound, direct: str) -> None:
    inbound.say(STRANGER, direct, RECOMMEND)
    inbound.say(STRANGER, direct, "/deny")

    assert "data rate" in words(answers(inbound, direct)[1])  # the question is still open


def test_a_message_that_is_too_long_is_refused_politely(inbound: Inbound, direct: str) -> None:
    inbound.say(STRANGER, direct, "x" * 2_001)

    assert "2,000 characters" in words(answers(inbound, direct)[0])


@pytest.mark.parametrize("command", ["escalate 1 to engineering: let me in", "leads", "lead 1"])
def test_a_stranger_who_knows_the_commands_gets_the_assistant(
    inbound: Inbound, direct: str, command: str
) -> None:
    inbound.say(STRANGER, direct, command)

    (answer,) = answers(inbound, direct)
    assert "L-0" not in words(answer)
    assert "Open leads" not in words(answer)


@pytest.mark.usefixtures("rep")
def test_a_colleague_may_ask_the_assistant_too(inbound: Inbound, direct: str) -> None:
    inbound.say(REP, direct, "what's the difference between MTP and MPO?")

    assert "US Conec" in words(answers(inbound, direct)[0])


def test_a_strangers_slash_command_is_answered_in_a_direct_message(
    inbound: Inbound, slack: SlackStandIn
) -> None:
    inbound.slash(STRANGER, "C0TALK", "what's the difference between MTP and MPO?")
    direct = slack.direct_messages(STRANGER)

    assert "US Conec" in words(answers(inbound, direct)[0])
    assert "direct message" in inbound.told("ephemeral")[-1]


def test_a_turn_that_is_run_again_is_answered_once(inbound: Inbound, direct: str) -> None:
    """As after a crash between the saved turn and the end of the row."""
    ts = inbound.say(STRANGER, direct, "hello")
    with transaction(inbound.engine) as session:
        session.execute(_forget(f"{direct}:{ts}"))
    event = {"type": "message", "channel": direct, "channel_type": "im", "user": STRANGER,
             "text": "hello", "ts": ts}  # fmt: skip

    assert inbound.take("event", {"event_id": "EvAgain", "event": event})
    assert len(answers(inbound, direct)) == 1
    assert _said(inbound, direct) == ["hello"]


def test_the_contact_form_makes_a_lead(inbound: Inbound, direct: str) -> None:
    inbound.say(STRANGER, direct, "have a person contact me please")
    press = {"type": "block_actions", "channel": {"id": direct}, "message": {"ts": "1.5"},
             "actions": [{"action_id": "form.contact"}]}  # fmt: skip
    view = contact_modal.opened_by(press)
    assert view is not None
    wrong = _submission(view, name="Ana Silva", reach="nowhere", consent=False)
    right = _submission(view, name="Ana Silva", reach=f"ana@{direct.lower()}.example.com")

    assert set(contact_modal.problems(wrong)) == {"reach", "consent"}
    assert contact_modal.problems(right) == {}
    inbound.take("interaction", right)
    assert "L-0" in words(answers(inbound, direct)[-1])
    assert _lead_of(inbound, direct).channel == "slack"


def test_while_a_colleague_answers_the_assistant_is_silent(
    inbound: Inbound, direct: str, rep: Member
) -> None:
    view = contact_modal.opened_by(
        {"type": "block_actions", "channel": {"id": direct}, "message": {"ts": "1.5"},
         "actions": [{"action_id": "form.contact"}]}
    )  # fmt: skip
    assert view is not None
    inbound.say(STRANGER, direct, "hello")
    sent = _submission(view, name="Eva Roth", reach=f"eva@{direct.lower()}.example.com")
    inbound.take("interaction", sent)
    lead = _lead_of(inbound, direct)
    with transaction(inbound.engine) as session:
        now = datetime.now(UTC)
        handling.reply(session, lead.id, rep, "Hello Eva.", f"key-{direct}", now, OFFICE)
    before = len(answers(inbound, direct))
    inbound.say(STRANGER, direct, "what's the difference between MTP and MPO?")

    assert len(answers(inbound, direct)) == before
    assert _said(inbound, direct)[-1].startswith("what's the difference")


def _submission(view: Json, name: str, reach: str, consent: bool = True) -> Json:
    agreed = [{"value": "yes"}] if consent else []
    values: dict[str, Any] = {
        "name": {"name": {"value": name}},
        "reach": {"reach": {"value": reach}},
        "company": {"company": {"value": None}},
        "note": {"note": {"value": "24 trunks"}},
        "consent": {"consent": {"selected_options": agreed}},
    }
    return {"type": "view_submission", "user": {"id": STRANGER}, "trigger_id": f"t{reach}",
            "view": {**view, "id": "V1", "state": {"values": values}}}  # fmt: skip


def _lead_of(inbound: Inbound, direct: str) -> Any:
    with transaction(inbound.engine) as session:
        member = Member(0, "", "", "owner", None, True, 0)
        found = leads_in_inbox(session, view="all", member=member, now=datetime.now(UTC))
    return next(lead for lead in found if lead.conversation_id == conversation_of(direct, ""))


def _said(inbound: Inbound, direct: str) -> list[str]:
    messages = Record(inbound.engine).read(conversation_of(direct, "")).messages
    return [m.text for m in messages if isinstance(m, VisitorMessage)]


def _forget(message_key: str) -> Any:
    return sa.delete(slack_inbox).where(slack_inbox.c.message_key == message_key)
