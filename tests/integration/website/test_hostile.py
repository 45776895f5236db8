"""Whatever a client sends, it gets a clear refusal, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import requests

from tests.integration.server import Server
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import PREFIX, Visitor, recorded, visit

DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "data",
    [None, 5, "text", [], {}, True, {"message": 5}, {"message": None}, {"message": ["hi"]},
     {"message": {"text": "hi"}}, {"message": "hi", "message_id": 5}, {"message": "hi",
     "message_id": "x" * 65}, {"message": "hi", "message_id": "a\x00b"}, {"message": "hi",
     "message_id": ""}, {"message": DEEP}, {"message": "hi", "message_id": {"$ne": 1}},
     {f"key {n}": n for n in range(2_000)}],
)  # fmt: skip
def test_a_message_of_the_wrong_shape_is_refused(server: Server, data: Any) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        proper = {"session_id": ana.token, "message_id": "m1"}
        data_with_token = {**proper, **data} if isinstance(data, dict) else data

        assert (await ana.send("user_uttered", data_with_token))["code"] == "bad_request"
        assert (await ana.say("hello"))["status"] == "ok"  # the connection lives on

    visit(server, scenario)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("form_submitted", {"form": "other", "values": {}}),
        ("form_submitted", {"form": "contact", "values": "text"}),
        ("form_submitted", {"form": "contact", "values": {"name": ["Ana"]}}),
        ("feedback", {"message": "1", "value": "up"}),
        ("feedback", {"message": True, "value": "up"}),
        ("feedback", {"message": -1, "value": "up"}),
        ("feedback", {"message": 10**30, "value": "up"}),
        ("feedback", {"message": 1, "value": ["up"]}),
        ("rating", {"stars": 0}),
        ("rating", {"stars": 4.5}),
        ("rating", {"stars": 3, "comment": {"a": 1}}),
    ],
)
def test_other_events_of_the_wrong_shape_are_refused(
    server: Server, event: str, data: dict[str, Any]
) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()

        assert (await ana.send(event, {**data, "session_id": ana.token}))["code"] == "bad_request"

    visit(server, scenario)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\x00\x01", "\ud83d", "😀" * 500, "ﷺ" * 2_000, "{slot}", "{0}", "%s", "\u2060/help",
     "<script>alert(1)</script>", "'; DROP TABLE events; --", "/" * 2_000, "\u202egnp.exe"],
)  # fmt: skip
def test_odd_text_gets_an_answer(server: Server, text: str) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()

        assert (await ana.say(text))["status"] == "ok"
        assert ana.replies[0]["text"]
        assert (await ana.request_session(ana.token))["history"][0]["from"] == "user"

    visit(server, scenario)


def test_a_long_message_is_told_so_and_not_kept(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        ack = await ana.say("x" * 20_000, "long")

        assert ack["code"] == "too_long"
        assert "2,000 characters" in ack["text"]
        assert recorded(server, conversation_of(ana.token), "user") == []

    visit(server, scenario)


@pytest.mark.parametrize("session_id", [5, [], {}, "", "x" * 5_000, "a.b.c", "😀", DEEP])
def test_an_impossible_session_begins_a_new_one(server: Server, session_id: Any) -> None:
    async def scenario(ana: Visitor) -> None:
        assert (await ana.arrive(session_id))["history"] == []

    visit(server, scenario)


@pytest.mark.parametrize(
    "packet",
    ['5["user_uttered"]', '51-["user_uttered",{"_placeholder":true,"num":0}]', "2", "2[]", "2{}",
     "2[5]", "2[{}]", "9[]", "4{}", "2" + "[" * 30_000, "x", "😀", '2["user_uttered",', "/",
     '5999999999-["user_uttered"]'],
)  # fmt: skip
def test_a_broken_packet_ends_that_connection_only(server: Server, packet: str) -> None:
    async def scenario(rude: Visitor, ana: Visitor) -> None:
        await ana.arrive()
        await rude.arrive()
        await rude.socket.eio.send(packet)
        async with asyncio.timeout(10):
            await rude.socket.eio.wait()

        assert (await ana.say("hello"))["status"] == "ok"

    visit(server, scenario, tabs=2)


@pytest.mark.parametrize("event", ["connect", "disconnect", "unknown", "session_confirm", "*"])
def test_events_that_are_not_the_clients_do_nothing(server: Server, event: str) -> None:
    async def scenario(rude: Visitor) -> None:
        await rude.arrive()
        await rude.socket.eio.send("2" + json.dumps([event, {"sanic.request": 1}, 2, 3, 4]))

        assert (await rude.say("hello"))["status"] == "ok"

    visit(server, scenario)


def test_a_binary_or_huge_frame_ends_the_connection(server: Server) -> None:
    async def scenario(binary: Visitor, huge: Visitor, ana: Visitor) -> None:
        await ana.arrive()
        await binary.arrive()
        await binary.socket.eio.send(b"\x00\x01")
        await huge.arrive()
        await huge.socket.eio.send("2" + json.dumps(["user_uttered", "x" * 100_000]))
        async with asyncio.timeout(10):
            await binary.socket.eio.wait()
            await huge.socket.eio.wait()

        assert (await ana.say("hello"))["status"] == "ok"

    visit(server, scenario, tabs=3)


def test_a_huge_request_is_refused_unread(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}{PREFIX}/socket.io/?EIO=4&transport=polling&sid=x"

    assert requests.post(url, data=b"4" * 5_000_000, timeout=10).status_code == 413


def test_thousands_of_made_up_buttons_fire_nothing(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        payload = "/inform" + json.dumps({f"button{n}": n for n in range(3_000)})

        assert (await ana.say(payload))["code"] == "too_long"
        assert (await ana.say("/inform" + json.dumps({"data_rate": 400} | {"x": "y" * 1_900})))[
            "status"
        ] == "ok"
        assert "serviceable" not in ana.text  # the next question, had the rate been taken

    visit(server, scenario)


def test_an_unknown_namespace_is_refused(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        await ana.socket.eio.send("0/admin,")
        await ana.socket.eio.send('2/admin,["session_request",{}]')

        assert (await ana.say("hello"))["status"] == "ok"

    visit(server, scenario)
