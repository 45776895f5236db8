"""Who may read and write a conversation: the holder of its token, nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.integration.server import Server
from tests.integration.website.conftest import SECRET
from tests.integration.website.visitor import Visitor, recorded, visit


def conversation_of(token: str) -> str:
    claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"])
    return str(claims["sub"])


def signed(sub: object, secret: str = SECRET, age_days: float = 0, **more: Any) -> str:
    """A token as the server would write it, so many days ago."""
    issued = datetime.now(UTC) - timedelta(days=age_days)
    claims = {"sub": sub, "iat": issued, "exp": issued + timedelta(days=30), **more}
    return jwt.encode(claims, secret, algorithm="HS256")


def unsigned(sub: str) -> str:
    claims = {"sub": sub, "iat": datetime.now(UTC), "exp": datetime.now(UTC) + timedelta(days=9)}
    return jwt.encode(claims, None, algorithm="none")


def test_who_knows_everything_but_the_token_can_neither_read_nor_write(server: Server) -> None:
    async def scenario(ana: Visitor, thief: Visitor) -> None:
        await ana.arrive()
        await ana.say("hello", "ana-1")
        conversation = conversation_of(ana.token)

        for known in (conversation, ana.socket.get_sid(), {"sub": conversation}, unsigned("web-1")):
            await thief.connect() if not thief.socket.connected else None
            session = await thief.request_session(known)
            assert session["history"] == []
            assert conversation_of(session["session_id"]) != conversation
            thief.events.clear()
            for event in ("user_uttered", "form_submitted", "feedback", "rating", "restart"):
                ack = await thief.send(
                    event,
                    {
                        "session_id": known, "message_id": "x", "message": "hi", "value": "up",
                        "form": "contact", "values": {}, "stars": 1, "sender_id": conversation,
                    } | ({"message": 1} if event == "feedback" else {}),
                )  # fmt: skip
                assert ack["code"] == "bad_token", (event, ack)
        await ana.say("what is MTP?", "ana-2")

        assert {name for name, _ in thief.events} == {"notice"}  # of the restart that was refused
        said = [event["message_id"] for event in recorded(server, conversation, "user")]
        assert said == ["ana-1", "ana-2"]

    visit(server, scenario, tabs=2)


@pytest.mark.parametrize(
    "kind",
    ["forged", "other secret", "expired", "no signature", "no conversation", "no end", "other id"],
)
def test_a_token_that_is_not_ours_or_too_old_is_refused(server: Server, kind: str) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        conversation, own = conversation_of(ana.token), ana.token
        head, claims, signature = own.split(".")
        tokens = {
            "forged": f"{head}.{claims}.{signature[::-1]}",
            "other secret": signed(conversation, "another secret, also long enough to use"),
            "expired": signed(conversation, age_days=31),
            "no signature": unsigned(conversation),
            "no conversation": signed(""),
            "no end": jwt.encode({"sub": conversation}, SECRET, algorithm="HS256"),
            "other id": signed("a sender of the rest channel"),
        }
        ana.token = tokens[kind]

        assert (await ana.say("hello"))["code"] == "bad_token"
        assert conversation_of((await ana.request_session(tokens[kind]))["session_id"]) != (
            conversation
        )
        assert recorded(server, conversation, "user") == []

    visit(server, scenario)


def test_a_token_past_half_of_its_life_is_renewed_and_the_conversation_goes_on(
    server: Server,
) -> None:
    async def scenario(ana: Visitor, later: Visitor) -> None:
        await ana.arrive()
        await ana.say("hello")
        conversation = conversation_of(ana.token)
        old = signed(conversation, age_days=16)

        session = await later.arrive(old)
        assert conversation_of(session["session_id"]) == conversation
        assert session["session_id"] != old
        assert len(session["history"]) == 2

        later.token = old
        await later.say("thanks")
        renewed = later.heard("session_renewed")[0]
        assert conversation_of(renewed["session_id"]) == conversation
        left = datetime.fromisoformat(renewed["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=29) < left <= timedelta(days=30)
        assert ana.heard("session_renewed") == []

    visit(server, scenario, tabs=2)


def test_a_young_token_stays_as_it_is(server: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        token = (await ana.arrive())["session_id"]

        assert (await ana.request_session(token))["session_id"] == token

    visit(server, scenario)


def test_other_widgets_of_rasa_get_a_token_as_text_and_replies_as_they_know_them(
    server: Server,
) -> None:
    async def scenario(ana: Visitor, again: Visitor) -> None:
        await ana.connect("polling")
        await ana.socket.emit("session_request", {"session_id": "made up by the widget"})
        token = (await ana.hears("session_confirm"))[0]
        assert conversation_of(token)

        await ana.socket.emit("user_uttered", {"message": "hello", "session_id": token})
        reply = (await ana.hears("bot_uttered"))[0]
        assert "fiber assistant" in reply["text"]
        assert {"title", "payload", "content_type"} == set(reply["quick_replies"][0])

        press = {"message": ana.button("Recommend"), "session_id": token}
        await ana.socket.emit("user_uttered", press)
        assert "data rate" in (await ana.hears("bot_uttered", 2))[1]["text"]

        await ana.socket.emit("user_uttered", {"message": "x" * 2_001, "session_id": token})
        assert "too long" in (await ana.hears("bot_uttered", 3))[2]["text"]
        assert ana.heard("notice") == []

        await again.connect()
        await again.socket.emit("session_request", {"session_id": token})
        assert (await again.hears("session_confirm"))[0] == token

    visit(server, scenario, tabs=2)


def test_starting_anew_moves_every_tab_and_keeps_the_old_conversation(server: Server) -> None:
    async def scenario(ana: Visitor, tab: Visitor) -> None:
        await ana.arrive()
        await ana.say("hello")
        await tab.arrive(ana.token)
        old = ana.token

        assert (await ana.send("restart", {"session_id": old}))["status"] == "ok"
        new = ana.heard("session_confirm")[-1]
        assert new["history"] == []
        assert conversation_of(new["session_id"]) != conversation_of(old)
        assert (await tab.hears("session_confirm", 2))[-1] == new

        ana.token = new["session_id"]
        await ana.say("what is polarity?", "fresh")
        assert (await tab.hears("user_echo"))[0]["message_id"] == "fresh"
        assert len(recorded(server, conversation_of(old), "user")) == 1

    visit(server, scenario, tabs=2)
