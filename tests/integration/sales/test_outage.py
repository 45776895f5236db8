"""Slack, the mail server, the CRM or the database is away: later everything arrives, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]  # it has no types
import pytest

from sales.database import transaction
from sales.leads import handling
from sales.team.roles import Member
from sales.team.store import member_by_slack
from tests.integration.delivery.receiver import Answer, Posted
from tests.integration.sales.company import Company, company
from tests.integration.sales.guest import Guest, receive
from tests.integration.slack.house import NAMES, REP, SALES
from tests.slack_people import words_in

ANSWERS_WITHIN_S = 3.0  # what a visitor takes for normal
AWAY_S = 2.0


class AtTheDesk:
    """A colleague who works without Slack."""

    def __init__(self, shop: Company, guest: Guest) -> None:
        self._engine, self._office = shop.engine, shop.office()
        self._lead_id = int(guest.reference.removeprefix("L-"))
        with transaction(self._engine) as session:
            found = member_by_slack(session, REP)
        assert found
        self._member: Member = found

    def writes(self, text: str) -> None:
        with transaction(self._engine) as session:
            now, key = datetime.now(UTC), f"desk {self._lead_id} {text}"
            lead = (session, self._lead_id, self._member)
            handling.reply(*lead, text, key, now, self._office)

    def releases(self) -> None:
        with transaction(self._engine) as session:
            now = datetime.now(UTC)
            handling.release(session, self._lead_id, self._member, now, self._office)


def test_with_slack_down_the_visitor_notices_nothing_and_all_is_there_afterwards(
    shop: Company,
) -> None:
    async def scenario(guest: Guest) -> None:
        shop.slack.go_down()
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await guest.arrive()
                await guest.say("what is polarity?")
                await guest.submit()
            rep = AtTheDesk(shop, guest)
            rep.writes("Hello, which length?")
            await guest.until(lambda: guest.said_by(NAMES[REP]))
            await guest.say("30 m")
            await guest.say("or 35 m")
            rep.writes("Good, I will write an offer.")
            await guest.until(lambda: len(guest.said_by(NAMES[REP])) > 1)
            rep.releases()
            await guest.until(lambda: guest.agent is None)
            await guest.say("what is polarity?")
            assert "polarity" in guest.said_by_assistant()[-1]["text"].lower()
        finally:
            shop.slack.come_back()
        await shop.everything_delivered()

        assert "what is polarity?" in shop.thread(guest.reference)[0]
        assert _talk(shop, guest) == [
            "Bo Chen to the visitor: Hello, which length?",
            "Visitor: 30 m",
            "Visitor: or 35 m",
            "Bo Chen to the visitor: Good, I will write an offer.",
            "Bo Chen handed the visitor back to the assistant.",
        ]
        assert f"*{NAMES[REP]}* has it" in words_in(shop.cards(guest.reference)[0])
        assert len(shop.mail.about(guest.reference)) == 1

    receive(shop.server, scenario, "Down Smith")


def _talk(shop: Company, guest: Guest) -> list[str]:
    """The thread after the conversation with the assistant, each message on one line."""
    lines = (text.replace(":*\n>", ": ").replace("*", "") for text in shop.thread(guest.reference))
    return [line for line in lines if "Assistant:" not in line]


def test_with_slack_unwell_each_lead_has_one_card_and_each_word_stands_there_once(
    shop: Company,
) -> None:
    async def scenario(guest: Guest) -> None:
        slack = shop.slack
        await guest.arrive()
        await guest.say("what is polarity?")
        slack.rate_limits("chat.postMessage", retry_after_s=1)
        slack.loses_answers("chat.postMessage")
        slack.breaks("chat.postMessage")
        await guest.submit()
        await shop.everything_delivered()
        card = await shop.card(guest.reference)
        await shop.write(REP, card, "Hello!")
        await guest.until(lambda: guest.agent == NAMES[REP])
        slack.loses_answers("chat.postMessage")
        slack.rate_limits("chat.update", retry_after_s=1)
        for number in range(3):
            await guest.say(f"line {number}")
        await shop.everything_delivered()

        assert len(shop.cards(guest.reference)) == 1
        assert shop.visitor_said(guest.reference) == ["line 0", "line 1", "line 2"]
        assert sum("polarity?" in text for text in shop.thread(guest.reference)) == 1

    receive(shop.server, scenario, "Unwell Smith")


def test_words_under_a_card_whose_posting_nobody_heard_of_yet_reach_the_visitor(
    shop: Company,
) -> None:
    async def scenario(guest: Guest) -> None:
        await guest.arrive()
        shop.slack.loses_answers("chat.postMessage")
        await guest.submit()
        card = await shop.card(guest.reference)
        assert ("slack", "lead_card") in shop.waiting(), "it is still on its way, as far as we know"
        await shop.write(REP, card, "Hello at once!")
        await guest.until(lambda: guest.said_by(NAMES[REP]))
        await shop.everything_delivered()

        assert guest.said_by(NAMES[REP]) == ["Hello at once!"]
        assert not [text for text in shop.whispers(REP) if "belongs to no lead" in text]
        assert len(shop.cards(guest.reference)) == 1

    receive(shop.server, scenario, "Early Smith")


def test_mail_and_crm_that_were_away_hear_of_the_lead_later_and_hold_nobody_up(
    shop: Company,
) -> None:
    async def scenario(guest: Guest) -> None:
        shop.mail.go_down()
        shop.crm.choose = _is_away
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await guest.arrive()
                await guest.submit()
                card = await shop.card(guest.reference)
            await shop.press(REP, card, "Claim")
            await shop.card(guest.reference, NAMES[REP])
            assert shop.mail.about(guest.reference) == []
        finally:
            shop.crm.choose = None
            shop.mail.come_back()
        await shop.everything_delivered()

        assert len(shop.mail.about(guest.reference)) == 1
        assert shop.crm_events(guest.reference) == ["lead.created", "lead.claimed"]
        shop.check_webhooks()

    receive(shop.server, scenario, "Mail Smith")


def _is_away(_posted: Posted) -> Answer:
    return Answer(503)


@pytest.fixture
def firm(empty_postgresql_url: str, tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, empty_postgresql_url) as firm:
        yield firm


def test_with_the_database_away_for_a_moment_nothing_is_lost_or_doubled(
    firm: Company, postgres_server: str
) -> None:
    async def scenario(guest: Guest) -> None:
        await guest.arrive()
        await guest.submit()
        card = await firm.card(guest.reference)
        await firm.write(REP, card, "Hello!")
        await guest.until(lambda: guest.agent == NAMES[REP])
        await asyncio.gather(
            _away(postgres_server, str(firm.engine.url.database)),
            _all_said(guest, [f"question {number}" for number in range(3)]),
            _all_written(firm, [f"answer {number}" for number in range(3)], card["ts"]),
        )
        await guest.until(lambda: len(guest.said_by(NAMES[REP])) > 3)
        await firm.everything_delivered()

        answers = ["Hello!", *(f"answer {number}" for number in range(3))]
        assert guest.said_by(NAMES[REP]) == answers
        asked = [f"question {number}" for number in range(3)]
        assert firm.visitor_said(guest.reference) == asked
        assert len(firm.cards(guest.reference)) == 1

    receive(firm.server, scenario, "Pause Smith")


async def _away(server: str, database: str) -> None:
    """The database lets nobody in for a moment, and throws out whoever is there."""
    await asyncio.to_thread(_run, server, f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
    query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='{database}'"  # noqa: S608
    await asyncio.to_thread(_run, server, query)
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(_run, server, f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')


def _run(server: str, statement: str) -> None:
    connection = psycopg2.connect(server)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


async def _all_said(guest: Guest, lines: list[str]) -> None:
    for line in lines:
        await guest.say(line)


async def _all_written(firm: Company, lines: list[str], ts: str) -> None:
    (card,) = [m for m in firm.slack.messages_in(SALES) if m["ts"] == ts]
    for line in lines:
        await firm.write(REP, card, line)
