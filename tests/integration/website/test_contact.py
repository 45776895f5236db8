"""The contact form of the widget: wrong fields are named, a right one is a lead."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.server import Server
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import Visitor, recorded, rows, visit

GOOD: dict[str, Any] = {
    "name": "Ana Silva",
    "reach": "ana.silva@example.com",
    "company": "Acme",
    "note": "25 trunks by May",
    "consent": True,
}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "name"),
        ("name", "ana@example.com", "name"),
        ("name", "A" * 200, "too long"),
        ("reach", "", "needs an @"),
        ("reach", "ana.silva@gmial.com", "gmail.com"),
        ("reach", "12", "needs an @"),
        ("reach", "408 555", "@"),
        ("consent", False, "agree"),
        ("consent", "true", "agree"),
        ("note", "x" * 2_001, "too long"),
        ("company", "x" * 201, "too long"),
    ],
)
def test_a_wrong_field_is_named(server: Server, field: str, value: object, says: str) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()

        ack = await ana.submit(**{**GOOD, field: value})

        assert (ack["status"], ack["code"]) == ("refused", "invalid")
        assert set(ack["fields"]) == {field}
        assert says in ack["fields"][field]
        assert recorded(server, conversation_of(ana.token), "user") == []

    visit(server, scenario)


def test_a_good_form_is_a_lead_with_everything_the_conversation_knows(server: Server) -> None:
    async def scenario(ana: Visitor, tab: Visitor) -> None:
        await ana.arrive()
        await tab.arrive(ana.token)
        await ana.say("which one should I choose for 400G, no rework?")
        await ana.say("can a person contact me?")

        assert await ana.submit("form-1", **GOOD) == {"status": "ok"}
        assert await ana.submit("form-1", **GOOD) == {"status": "ok", "duplicate": True}

        confirmation = ana.replies[-1]["text"]
        assert "L-0000" in confirmation
        assert "ana.silva@example.com" in confirmation
        conversation = conversation_of(ana.token)
        query = (
            "SELECT name, email, company, note, channel, need, transcript"
            " FROM leads WHERE conversation_id = ?"
        )
        [(name, email, company, note, channel, need, transcript)] = rows(
            server, query, conversation
        )
        assert (name, email, company, note) == tuple(
            GOOD[key] for key in ("name", "reach", "company", "note")
        )
        assert channel == "website"
        assert json.loads(need)["data_rate"] == 400
        assert "Contact details sent" in transcript
        await tab.hears("user_echo", 3)
        assert tab.heard("user_echo")[-1]["text"] == "Contact details sent"
        history = json.dumps((await tab.request_session(ana.token))["history"])
        assert "leave_contact{" not in history
        assert "25 trunks" not in history

    visit(server, scenario, tabs=2)


@pytest.mark.parametrize("reach", ["sent@example.com", "a@example.com", "(408) 796-7735"])
def test_the_details_are_read_from_the_fields_not_from_the_text(server: Server, reach: str) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        await ana.submit(**{**GOOD, "reach": reach, "company": "", "note": ""})

        assert "reference L-0" in ana.text or "your request L-0" in ana.text

    visit(server, scenario)


@pytest.mark.parametrize("before", ["can someone email me?", "which one should I choose?"])
def test_the_form_ends_the_questions_that_were_open(server: Server, before: str) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        await ana.say(before)
        await ana.submit(**{**GOOD, "reach": f"{abs(hash(before))}@example.com"})
        assert "L-0" in ana.replies[-1]["text"]

        await ana.say("thanks")
        assert "welcome" in ana.replies[-1]["text"]

    visit(server, scenario)


def test_a_second_form_brings_the_new_details(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        await ana.submit(**{**GOOD, "reach": "first@example.com"})
        await ana.submit(
            name="Bo Lee", reach="second@example.com", company="", note="", consent=True
        )
        found = rows(
            server, "SELECT name, company, note FROM leads WHERE email = 'second@example.com'"
        )

        assert found == [("Bo Lee", "", "")]

    visit(server, scenario)
