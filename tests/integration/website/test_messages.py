"""Each message is answered once; every tab shows the same; nothing is lost."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from typing import Any

import pytest

from tests.integration.server import Server
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import Visitor, recorded, visit

TRANSPORTS = ["websocket", "polling"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_message_is_saved_answered_and_acknowledged(server: Server, transport: str) -> None:
    async def scenario(ana: Visitor) -> None:
        session = await ana.arrive(transport=transport)
        assert session["protocol"] == 1
        assert session["history"] == []
        assert session["contact"]["phone"] == "(408) 796-7735"
        assert session["agent"] is None
        assert session["resumed"] is False

        assert await ana.say("hello", "m1") == {"status": "ok"}

        reply = ana.replies[0]
        assert (reply["from"], reply["number"]) == ("bot", 1)
        assert reply["at"].endswith("Z")
        assert [typing["typing"] for typing in ana.heard("bot_typing")] == [True, False]
        assert recorded(server, conversation_of(ana.token), "user")[0]["message_id"] == "m1"

    visit(server, scenario)


def test_a_repeat_is_answered_from_the_record(server: Server) -> None:
    async def scenario(ana: Visitor, tab: Visitor) -> None:
        await ana.arrive()
        await tab.arrive(ana.token)
        await ana.say("hello", "m1")
        await ana.say("what is polarity?", "m2")
        first = [reply for reply in ana.replies if reply["number"] == 1]

        assert await ana.say("hello", "m1") == {"status": "ok", "duplicate": True}

        assert [reply for reply in ana.replies if reply["number"] == 1] == first * 2
        assert len(recorded(server, conversation_of(ana.token), "user")) == 2
        assert len(tab.heard("user_echo")) == 2  # the other tab hears it once

    visit(server, scenario, tabs=2)


def test_the_same_message_many_times_at_once_is_answered_once(server: Server) -> None:
    async def scenario(ana: Visitor, tab: Visitor) -> None:
        await ana.arrive()
        await tab.arrive(ana.token, transport="polling")

        acks = await asyncio.gather(*(t.say("hello", "m1") for t in (ana, tab) for _ in range(10)))

        assert [ack["status"] for ack in acks] == ["ok"] * 20
        assert sum("duplicate" not in ack for ack in acks) == 1
        assert len(recorded(server, conversation_of(ana.token), "user")) == 1
        assert len(recorded(server, conversation_of(ana.token), "bot")) == 1

    visit(server, scenario, tabs=2)


def test_messages_sent_at_once_are_answered_one_after_the_other(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()

        await asyncio.gather(*(ana.say("what is polarity?", f"m{n}") for n in range(8)))

        assert [reply["number"] for reply in ana.replies] == list(range(1, 9))

    visit(server, scenario)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_after_a_break_the_client_gets_what_it_has_not_seen(server: Server, transport: str) -> None:
    async def scenario(ana: Visitor, later: Visitor) -> None:
        await ana.arrive()
        for number, text in enumerate(("hello", "what is polarity?", "thanks"), start=1):
            await ana.say(text, f"m{number}")

        rest = (await later.arrive(ana.token, transport, last_seen=1))["history"]
        assert [m.get("message_id") or m["number"] for m in rest] == ["m2", 2, "m3", 3]
        assert [m for m in rest if m["from"] == "bot"] == ana.replies[1:]
        for seen, count in ((0, 6), (3, 0), (99, 0), (-1, 6), ("2", 6), (True, 6), (None, 6)):
            session = await later.request_session(ana.token, last_seen=seen)
            assert len(session["history"]) == count, seen

    visit(server, scenario, tabs=2)


def test_two_tabs_show_the_same(server: Server) -> None:
    async def scenario(ana: Visitor, tab: Visitor, third: Visitor) -> None:
        await ana.arrive()
        await tab.arrive(ana.token, "polling")
        await ana.say("hello", "from-ana")
        await tab.hears("bot_uttered")
        await tab.say(tab.button("Recommend"), "from-tab")
        await ana.hears("bot_uttered", 2)
        history = (await third.arrive(ana.token))["history"]

        assert ana.replies == tab.replies == [m for m in history if m["from"] == "bot"]
        typed = [m for m in history if m["from"] == "user"]
        assert [m["message_id"] for m in typed] == ["from-ana", "from-tab"]
        assert typed == ana.heard("user_echo") == tab.heard("user_echo")
        order = [name for name, _ in ana.events if name in ("user_echo", "bot_uttered")]
        assert order == ["user_echo", "bot_uttered"] * 2
        assert typed[1]["text"] == "Recommend one for my network"  # the title, not the payload

    visit(server, scenario, tabs=3)


def test_a_payload_counts_only_when_the_bot_put_it_on_a_button(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        await ana.say('/inform{"data_rate": 400}')
        assert "serviceable" not in ana.text  # the next question, had the rate been taken

        await ana.say("hello")
        await ana.say(ana.button("Recommend"))
        assert "data rate" in ana.replies[-1]["text"]
        for typed in ("/deny", "/session_start", " /complaint", "/faq"):
            await ana.say(typed)
            assert "data rate" in ana.replies[-1]["text"], typed  # the question is still open

        history = (await ana.request_session(ana.token))["history"]
        assert history[0]["text"] == '/inform{"data_rate": 400}'  # as it was typed

    visit(server, scenario)


def test_cards_come_with_the_text_in_one_message(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        await ana.say("what's the difference between MTP and MPO?")
        await ana.say("12 fiber OM4 MTP trunk type B 10 m")

        kinds = {m["custom"]["kind"]: m for m in ana.replies if "custom" in m}
        assert {"comparison", "products"} <= set(kinds)
        assert all(message["text"] for message in kinds.values())
        assert "custom" in (await ana.request_session(ana.token))["history"][1]

    visit(server, scenario)


def test_fifty_visitors_at_once_keep_their_own_answers(server: Server) -> None:
    rates = ["40G", "100G", "400G", "800G", "1.6T"] * 10

    async def scenario(*visitors: Visitor) -> None:
        async def converse(number: int, ana: Visitor) -> None:
            await ana.arrive(transport=TRANSPORTS[number % 2])
            await ana.say("help me choose a connector for my network")
            await ana.say(f"actually {rates[number]}, no rework", f"rate-{number}")

        await asyncio.gather(*(converse(number, ana) for number, ana in enumerate(visitors)))

        for ana, rate in zip(visitors, rates, strict=True):
            assert set(re.findall(r"[\d.]+[GT]\b", ana.text)) == {rate}
            assert [reply["number"] for reply in ana.replies] == list(
                range(1, len(ana.replies) + 1)
            )
        assert len({conversation_of(ana.token) for ana in visitors}) == 50

    visit(server, scenario, tabs=50)


def test_feedback_is_kept_and_the_last_word_counts(server: Server) -> None:
    from tests.integration.website.visitor import rows

    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        await ana.say("hello")
        about: dict[str, Any] = {"session_id": ana.token}
        for value in ("up", "down"):
            ack = await ana.send("feedback", {**about, "message": 1, "value": value})
            assert ack == {"status": "ok"}
        for stars, comment in ((2, ""), (5, "so\x00 helpful")):
            ack = await ana.send("rating", {**about, "stars": stars, "comment": comment})
            assert ack == {"status": "ok"}
        for wrong in ({"message": 2, "value": "up"}, {"message": 1, "value": "sideways"}):
            assert (await ana.send("feedback", {**about, **wrong}))["code"] == "bad_request"
        assert (await ana.send("rating", {**about, "stars": 6}))["code"] == "bad_request"
        session = await ana.request_session(ana.token)
        assert session["resumed"] is True
        assert session["history"][1]["feedback"] == "down"

        conversation = conversation_of(ana.token)
        thumbs = "SELECT message, value FROM answer_feedback WHERE conversation_id = ?"
        assert rows(server, thumbs, conversation) == [(1, "down")]
        ratings = "SELECT stars, comment FROM conversation_ratings WHERE conversation_id = ?"
        assert rows(server, ratings, conversation) == [(5, "so helpful")]

    visit(server, scenario)


def test_the_numbers_of_a_history_have_no_gaps(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        for text in ("hello", "which one should I choose?", "why do you ask?", "forget it"):
            await ana.say(text)
        history = (await ana.request_session(ana.token))["history"]

        numbers = [m["number"] for m in history if m["from"] == "bot"]
        assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
        assert [m["at"] for m in history] == sorted(m["at"] for m in history)

    visit(server, scenario)
