"""What is to be told in Slack is there once: after failures, restarts, and other people's hands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.slack import SlackSender
from bot.delivery.slack_posts import slack_client
from sales.database import transaction
from sales.leads import handling
from sales.leads.tables import leads
from sales.outbox.store import lease_due
from sales.team.roles import Member
from tests.integration.slack.house import (
    ANA,
    ENGINEER,
    LINES,
    MANAGER,
    NOON,
    OFFICE,
    REP,
    SALES,
    House,
)  # fmt: skip
from tests.slack_people import actions_in, words_in
from tests.slack_stand_in import SlackStandIn

OTHER = replace(ANA, name="Zoe", email="zoe@example.com", conversation_id="web-2")


def test_a_lead_comes_to_the_sales_channel_with_everything_known(house: House) -> None:
    lead = house.take()
    house.deliver()

    words = words_in(house.card())
    for fact in (lead.reference, "Ana Lee", "ana@example.com", "Acme", "400G", "little loss"):
        assert fact in words
    assert f"https://desk.example.com/leads/{lead.id}" in str(house.card()["blocks"])
    (conversation,) = house.thread()
    assert "Visitor:* I need 400G trunks\n*Assistant:* How long" in conversation
    assert house.waiting() == []


def test_the_card_changes_in_place(house: House, team: dict[str, Member]) -> None:
    lead = house.take()
    house.deliver()
    with transaction(house.engine) as session:
        handling.claim(session, lead.id, team[REP], NOON, OFFICE)
    house.deliver()

    assert "*Bo Chen* has it" in words_in(house.card())
    assert "lead.won" in actions_in(house.card())
    assert len(house.slack.called("chat.postMessage")) == 2  # the card and its conversation


def test_an_escalation_calls_those_who_can_help(house: House, team: dict[str, Member]) -> None:
    lead = house.take()
    with transaction(house.engine) as session:
        handling.escalate(session, lead.id, team[REP], "engineer", "custom 144F", NOON, OFFICE)
    house.deliver()

    assert f"<@{ENGINEER}> " in house.thread()[-1]
    assert "custom 144F" in house.thread()[-1]
    assert f"<@{MANAGER}>" not in house.thread()[-1]


def test_both_sides_of_a_talk_are_in_the_thread(house: House) -> None:
    lead = house.take()
    house.tell("visitor_said", "v:1", {"text": "Is <b>it</b> @here?", "at": ""}, lead)
    house.tell("colleague_said", "c:1", {"author": "Bo Chen", "text": "Yes."}, lead)
    house.deliver()

    assert house.thread()[1:] == [
        "*Visitor:*\n>Is &lt;b&gt;it&lt;/b&gt; @\u2060here?",
        "*Bo Chen to the visitor:*\n>Yes.",
    ]


def test_what_a_thread_needs_before_there_is_a_card_brings_the_card(house: House) -> None:
    lead = house.take()
    with transaction(house.engine) as session:
        session.execute(sa.text("DELETE FROM outbox"))
    house.tell("thread", "t:1", {"text": "Somebody called.", "mention_roles": []}, lead)
    house.deliver()

    assert lead.reference in words_in(house.card())
    assert house.thread()[-1] == "Somebody called."


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_answer_doubles_nothing(
    house: House, team: dict[str, Member], method: str, lost: int
) -> None:
    house.slack.loses_answers(method, times=lost)
    lead = house.take()
    with transaction(house.engine) as session:
        handling.escalate(session, lead.id, team[REP], "engineer", "custom", NOON, OFFICE)
    for hours in range(6):
        house.deliver(NOON + timedelta(hours=hours))

    assert house.waiting() == []
    conversation, escalation = house.thread()
    assert "I need 400G trunks" in conversation
    assert escalation.endswith("Bo Chen escalated it to a senior engineer: custom")
    assert "Escalated to a senior engineer" in words_in(house.card())


def test_a_process_that_died_after_posting_leaves_one_message(house: House) -> None:
    lead = house.take()
    house.tell("visitor_said", "v:1", {"text": "hello?", "at": ""}, lead)
    house.deliver(rounds=1)  # the card
    sender = SlackSender(house.engine, slack_client(house.settings), house.settings, OFFICE)
    with transaction(house.engine) as session:
        (delivery,) = lease_due(session, ["slack"], NOON, 30, 1, "a process that dies")
    asyncio.run(sender.send(delivery))  # and nothing is written down
    house.deliver(NOON + timedelta(minutes=1))

    assert house.thread()[1:] == ["*Visitor:*\n>hello?"]
    assert house.waiting() == []


class Died(BaseException):
    """The process is gone: nothing after this is run."""


class Mortal(AsyncWebClient):
    """Dies at its n-th call of Slack: before it is made, or after it had its effect."""

    def __init__(self, house: House, call: int, is_after: bool) -> None:
        settings = house.settings
        super().__init__(settings.bot_token, base_url=settings.api_url, retry_handlers=[])
        self.left, self.is_after = call, is_after

    async def api_call(self, api_method: str, **kwargs: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.is_after:
            raise Died
        answer = await super().api_call(api_method, **kwargs)
        if self.left == 0:
            raise Died
        return answer


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("call", range(1, 6))  # the five that are needed
def test_a_process_may_die_at_any_call(
    house: House, team: dict[str, Member], call: int, is_after: bool
) -> None:
    lead = house.take()
    with transaction(house.engine) as session:
        handling.escalate(session, lead.id, team[REP], "engineer", "custom", NOON, OFFICE)
    house.tell("visitor_said", "v:1", {"text": "hello?", "at": ""}, lead)
    with pytest.raises(Died):
        house.deliver(client=Mortal(house, call, is_after))
    house.deliver(NOON + timedelta(minutes=1))

    assert house.waiting() == []
    assert "Escalated to a senior engineer" in words_in(house.card())
    conversation, escalation, words = house.thread()
    assert "I need 400G trunks" in conversation
    assert "custom" in escalation
    assert words == "*Visitor:*\n>hello?"


def test_nothing_is_lost_or_doubled_when_slack_was_away(
    house: House, team: dict[str, Member]
) -> None:
    house.slack.go_down()
    lead, other = house.take(), house.take(OTHER)
    with transaction(house.engine) as session:
        handling.claim(session, lead.id, team[REP], NOON, OFFICE)
    for number in range(5):
        house.tell("visitor_said", f"v:{number}", {"text": f"line {number}", "at": ""}, lead)
    house.deliver()
    assert "cannot be reached" in house.waiting()[0].error
    house.slack.come_back()
    house.deliver_later()

    assert house.waiting() == []
    texts = sorted(card["text"] for card in house.cards())
    assert [text[:13] for text in texts] == [f"Lead {one.reference}" for one in (lead, other)]
    (mine,) = (card for card in house.cards() if lead.reference in card["text"])
    said = [message["text"] for message in house.slack.thread(mine["ts"])][1:]
    assert said == [f"*Visitor:*\n>line {number}" for number in range(5)]


def test_slack_is_given_the_time_it_asks_for(house: House) -> None:
    house.slack.rate_limits("chat.postMessage", retry_after_s=90)
    house.take()
    house.deliver()

    assert house.waiting()[0].due_at >= NOON + timedelta(seconds=90)
    assert house.deliver(NOON + timedelta(seconds=60)) == 0
    house.deliver(NOON + timedelta(seconds=120))
    assert house.waiting() == []


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("channel_not_found", "SLACK_SALES_CHANNEL"),
        ("not_in_channel", "/invite"),
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("missing_scope", "docs/slack.md"),
    ],
)
def test_a_wrong_setting_is_named_and_waits_to_be_put_right(
    house: House, error: str, advice: str
) -> None:
    house.slack.refuses("chat.postMessage", error)
    house.take()
    house.deliver()

    assert error in house.waiting()[0].error
    assert advice in house.waiting()[0].error
    house.deliver_later()
    assert (house.waiting(), len(house.cards())) == ([], 1)


def test_what_slack_will_never_take_is_given_up(house: House) -> None:
    house.slack.refuses("chat.postMessage", "msg_too_long")
    house.take()
    house.deliver()

    assert "msg_too_long" in house.given_up()[0].error
    assert house.slack.called("conversations.history") == []


def test_words_are_said_even_when_their_blocks_are_refused(house: House) -> None:
    lead = house.take()
    house.slack.refuses("chat.postMessage", "invalid_blocks")
    house.deliver()

    assert lead.reference in house.card()["text"]
    assert house.waiting() == []


def test_a_card_that_somebody_deleted_is_posted_anew(house: House, team: dict[str, Member]) -> None:
    lead = house.take()
    house.deliver()
    old = house.card()["ts"]
    house.slack.delete(SALES, old)
    with transaction(house.engine) as session:
        handling.claim(session, lead.id, team[REP], NOON, OFFICE)
    house.deliver()

    deleted, card = house.cards()
    assert (deleted["ts"], deleted["subtype"]) == (old, "tombstone")
    assert "*Bo Chen* has it" in words_in(card)
    assert "I need 400G trunks" in house.slack.thread(card["ts"])[0]["text"]


def test_a_reply_never_lands_in_the_channel_when_its_card_is_gone(house: House) -> None:
    lead = house.take(replace(ANA, transcript=()))
    house.deliver()
    house.slack.delete(SALES, house.card()["ts"])  # nothing hung on it: Slack forgets it
    house.tell("visitor_said", "v:1", {"text": "are you there?", "at": ""}, lead)
    house.deliver()

    assert lead.reference in house.card()["text"]
    assert house.thread() == ["*Visitor:*\n>are you there?"]


def test_a_growing_conversation_goes_on_in_the_thread(house: House) -> None:
    house.take()
    house.deliver()
    more = {"who": "visitor", "text": "and cassettes", "at": 1751396500.0}
    house.take(replace(ANA, transcript=(*LINES, more)), NOON + timedelta(minutes=1))
    house.deliver(NOON + timedelta(minutes=1))

    lines = [text for text in house.thread() if text.startswith("*Visitor:*")]
    assert lines[1:] == ["*Visitor:* and cassettes"]


def test_a_merged_lead_points_to_the_other(house: House, team: dict[str, Member]) -> None:
    ana, zoe = house.take(), house.take(OTHER)
    house.deliver()
    with transaction(house.engine) as session:
        handling.merge_leads(session, ana.id, zoe.id, team[MANAGER], NOON, OFFICE)
    house.deliver()

    gone, kept = sorted(house.cards(), key=lambda card: "part of" not in card["text"])
    assert words_in(gone).startswith(f"{zoe.reference} is part of {ana.reference} now.")
    assert actions_in(gone) == []
    assert "lead.claim" in actions_in(kept)
    assert house.slack.thread(gone["ts"])[-1]["text"] == f"This is {ana.reference} now."


def test_what_is_erased_goes_from_slack_but_for_what_people_wrote(house: House) -> None:
    house.take()
    house.deliver()
    ts = house.card()["ts"]
    house.slack.app_url = "http://127.0.0.1:1/"
    house.slack.say(REP, SALES, "calling her now", ts)
    house.tell("erase", "e:1", {"channel": SALES, "ts": ts}, None)
    house.deliver()

    assert [m.get("subtype") for m in house.cards()] == ["tombstone"]
    assert house.thread() == ["calling her now"]
    with transaction(house.engine) as session:
        receipt = session.execute(sa.text("SELECT receipt FROM outbox WHERE key = 'e:1'")).scalar()
    assert '"left": 1' in str(receipt).replace("'", '"')
    house.tell("erase", "e:2", {"channel": SALES, "ts": "1.000001"}, None)
    house.deliver()
    assert house.waiting() == []


def test_an_erased_lead_is_not_posted_any_more(house: House) -> None:
    _erase(house, house.take().id)
    house.deliver()

    assert (house.cards(), house.waiting()) == ([], [])


def test_a_lead_erased_in_the_moment_of_posting_leaves_no_card(house: House) -> None:
    lead = house.take()

    class Meanwhile(AsyncWebClient):
        async def chat_postMessage(self, **kwargs: Any) -> Any:  # noqa: N802  # Slack's name
            posted = await super().chat_postMessage(**kwargs)
            await asyncio.to_thread(_erase, house, lead.id)
            return posted

    settings = house.settings
    client = Meanwhile(token=settings.bot_token, base_url=settings.api_url, retry_handlers=[])
    house.deliver(client=client)

    assert (house.cards(), house.waiting()) == ([], [])


def test_an_answer_comes_once_into_its_thread_with_its_buttons(
    house: House, slack: SlackStandIn
) -> None:
    slack.app_url = "http://127.0.0.1:1/"
    direct = slack.direct_messages(REP)
    asked = slack.say(REP, REP, "MTP or MPO?")
    messages = [{"text": "**Both** mate.", "buttons": [{"title": "Why?", "payload": "why"}]}]
    place = {"channel": direct, "thread_ts": asked.ts, "messages": messages}
    slack.loses_answers("chat.postMessage")
    house.tell("reply", "r:1", place, None)
    house.tell("reply", "r:2", {**place, "thread_ts": ""}, None)
    house.deliver()
    house.deliver_later()

    (reply,) = slack.thread(asked.ts)
    assert reply["text"] == "*Both* mate."
    assert actions_in(reply) == ["say.0"]
    assert [m["text"] for m in slack.messages_in(direct)] == ["MTP or MPO?", "*Both* mate."]


def test_an_answer_to_a_deleted_question_is_not_shouted_into_the_channel(
    house: House, slack: SlackStandIn
) -> None:
    slack.app_url = "http://127.0.0.1:1/"
    asked = slack.mention(REP, SALES, "MTP or MPO?")
    slack.delete(SALES, asked.ts)
    payload = {"channel": SALES, "thread_ts": asked.ts, "messages": [{"text": "Both."}]}
    slack.loses_answers("chat.postMessage")
    house.tell("reply", "r:1", payload, None)
    house.deliver()
    house.deliver_later()

    assert (slack.messages_in(SALES), house.waiting()) == ([], [])


def test_some_words_are_for_one_person_only(house: House, slack: SlackStandIn) -> None:
    told = {"channel": SALES, "user": REP, "thread_ts": None, "text": "Bo has it <!here>"}
    house.tell("ephemeral", "w:1", told, None)
    house.tell("ephemeral", "w:2", {**told, "user": "U9"}, None)
    url = f"{slack.url}/responses/{REP}/{SALES}"
    house.tell("ephemeral", "w:3", {**told, "channel": "C9", "response_url": url}, None)
    house.deliver()

    assert [m["text"] for m in slack.ephemerals] == ["Bo has it &lt;!here&gt;"] * 2
    assert slack.messages_in(SALES) == []
    (nobody,) = house.given_up()
    assert "user_not_found" in nobody.error


def test_no_personal_data_is_in_errors_or_metadata(house: House) -> None:
    house.slack.breaks("chat.postMessage", times=2)
    house.take()
    house.deliver()
    told = [entry.error for entry in house.waiting()]
    house.deliver_later()
    house.deliver(NOON + timedelta(hours=2))

    told += [str(m["metadata"]) for c in house.cards() for m in (c, *house.slack.thread(c["ts"]))]
    assert len(told) >= 3
    for text in told:
        assert "ana" not in text.lower()
        assert "acme" not in text.lower()


def _erase(house: House, lead_id: int) -> None:
    with transaction(house.engine) as session:
        session.execute(sa.delete(leads).where(leads.c.id == lead_id))
