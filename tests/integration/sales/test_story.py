"""From a visitor's first question to the order, as the visitor and the colleagues see it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales.company import Company, company
from tests.integration.sales.guest import Guest, receive
from tests.integration.slack.house import ENGINEER, NAMES, OTHER_REP, REP
from tests.slack_people import actions_in, words_in
from tests.slack_workspace import Json

QUESTIONS = (
    "could you tell me which of the connectors we ought to buy",
    "we're going for four hundred gig, so 400 Gbps",
    "yeah our own people fix the connectors",
    "sure is, hardly any margin on those optics",
    "performance over the years is worth more to us than saving now",
)
ON_THE_CARD = (
    "MTP, because",  # the recommendation
    "INX-",  # part numbers
    "Data rate: 400G",
    "Ana Silva, Acme, <mailto:ana.silva@example.com|ana.silva@example.com>",
    "25 trunks by May",
    "*Priority: normal*",
    "projects at 400G and up are larger",  # why
    ":alarm_clock: To be claimed by",
    "Nobody has it yet",
    "*Visitor:* Contact details sent",
)


@pytest.fixture
def firm(database_url: str, tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, database_url) as firm:
        yield firm
    assert "Traceback" not in firm.server.log, firm.server.log


def test_a_visitor_becomes_a_lead_talks_to_a_colleague_and_buys(firm: Company) -> None:
    async def scenario(ana: Guest, tab: Guest) -> None:
        await ana.arrive()
        await tab.arrive(ana.token)
        for words in QUESTIONS:
            await ana.say(words)
        await ana.submit()
        card = await firm.card(ana.reference)
        for part in ON_THE_CARD:
            assert part in words_in(card)
        transcript = (await firm.until(lambda: firm.thread(ana.reference)))[0]
        assert all(words in transcript for words in QUESTIONS)

        rep = await _race(firm, card, ana.reference)
        await _talk(firm, card, rep, ana)
        await _hand_back(firm, card, rep, ana)
        await _win(firm, card, rep, ana.reference)
        await firm.everything_delivered()
        assert tab.seen == ana.seen
        _check_news(firm, ana.reference)

    receive(firm.server, scenario, "Ana Silva", "Ana Silva")


async def _race(firm: Company, card: Json, reference: str) -> str:
    """Two reps claim at the same instant; who was faster. The other one is told."""
    presses = (firm.press(user, card, "Claim") for user in (REP, OTHER_REP))
    assert [answer.status for answer in await asyncio.gather(*presses)] == [200, 200]
    shown = words_in(await firm.card(reference, "* has it since"))
    rep, late = (REP, OTHER_REP) if f"*{NAMES[REP]}* has it" in shown else (OTHER_REP, REP)

    assert f"*{NAMES[rep]}* has it" in shown
    await firm.until(lambda: firm.whispers(late))
    assert f"{NAMES[rep]} claimed {reference}" in firm.whispers(late)[-1]
    assert firm.whispers(rep) == []
    assert "lead.claim" not in actions_in(firm.cards(reference)[0])
    return rep


async def _talk(firm: Company, card: Json, rep: str, ana: Guest) -> None:
    """In the thread and on the page, while the assistant is silent."""
    name, said_by_bot = NAMES[rep], len(ana.said_by_assistant())
    await firm.write(rep, card, "Hello Ana, how many do you need?")
    await ana.until(lambda: ana.said_by(name) == ["Hello Ana, how many do you need?"])
    joined = f"{name} from Infinite Networks joined the chat."
    assert ana.heard[-3:] == [joined, f"-> {name}", "Hello Ana, how many do you need?"]

    await ana.say("25, what is the price?")
    await firm.until(lambda: firm.visitor_said(ana.reference) == ["25, what is the price?"])
    await firm.write(rep, card, "note: they may have 10 % off")
    await firm.write(rep, card, "I will send you an offer.")
    await ana.until(lambda: len(ana.said_by(name)) == 2)

    assert ana.said_by(name)[-1] == "I will send you an offer."
    assert "10 %" not in ana.text
    assert len(ana.said_by_assistant()) == said_by_bot


async def _hand_back(firm: Company, card: Json, rep: str, ana: Guest) -> None:
    await firm.write(rep, card, "release")
    await ana.until(lambda: ana.agent is None)
    assert any(NAMES[rep] in text and "left" in text for text in ana.heard[-2:])

    await ana.say("what is polarity?")
    assert "polarity" in ana.said_by_assistant()[-1]["text"].lower()
    assert firm.visitor_said(ana.reference) == ["25, what is the price?"]


async def _win(firm: Company, card: Json, rep: str, reference: str) -> None:
    await firm.press(rep, firm.cards(reference)[0], "Won")
    form = await asyncio.to_thread(firm.slack.opened_view, rep)
    await asyncio.to_thread(firm.slack.submit, rep, form, text="The delivery date")

    closed = await firm.card(reference, f"*Won* by {NAMES[rep]}")
    assert closed["ts"] == card["ts"]
    assert actions_in(closed) == ["lead.reopen", "lead.desk"]


def _check_news(firm: Company, reference: str) -> None:
    """One mail, and each change at the CRM, in order and signed."""
    assert [mail["Subject"][:8] for mail in firm.mail.about(reference)] == ["New lead"]
    assert firm.crm_events(reference) == [
        f"lead.{what}"
        for what in ("created", "claimed", "contacted", "note", "released", "won")
    ]  # fmt: skip
    assert len(firm.crm.keys()) == len(set(firm.crm.keys()))
    firm.check_webhooks()


def test_an_escalated_lead_calls_the_engineers_and_one_takes_it(shop: Company) -> None:
    async def scenario(eve: Guest) -> None:
        await eve.arrive()
        await eve.submit()
        card = await shop.card(eve.reference)
        await shop.press(REP, card, "Claim")
        card = await shop.card(eve.reference, f"*{NAMES[REP]}* has it")
        await shop.write(REP, card, "escalate to engineering: custom 144F")
        card = await shop.card(eve.reference, "Escalated to a senior engineer", "Claim")
        await shop.until(lambda: any(f"<@{ENGINEER}>" in text for text in _thread(shop, eve)))
        assert any("custom 144F" in text for text in _thread(shop, eve))

        await shop.press(ENGINEER, card, "Claim")
        await shop.card(eve.reference, f"*{NAMES[ENGINEER]}* has it")
        await shop.everything_delivered()
        assert [mail["Subject"].split(" L-")[0] for mail in shop.mail.about(eve.reference)] == [
            "New lead",
            "Escalated lead",
        ]

    receive(shop.server, scenario, "Eve Adams")


def _thread(shop: Company, guest: Guest) -> list[str]:
    return shop.thread(guest.reference)
