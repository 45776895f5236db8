"""A colleague and a visitor over the server as it is started: its own worker, kills and all."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from sales.database import open_engine, transaction
from sales.leads.handling import release, reply
from sales.leads.lead import LeadDraft
from sales.leads.store import list_leads, take_lead
from sales.office import Office
from sales.takeover.store import begin, end, say
from sales.team.roles import Member
from sales.team.store import add_member
from tests.integration.server import Server, free_port, texts
from tests.integration.website.relay import SETTINGS
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import Json, Visitor, recorded, rows, visit

FORM = {"name": "Vi Santos", "reach": "vi@example.com", "company": "", "note": ""}
DELIVERED_WITHIN_S = 60  # what a killed process had in hand waits for its lease to end
SAID_TO_ANN = "SELECT payload FROM outbox WHERE kind = 'visitor_said' ORDER BY id"
WAITING = "SELECT count(*) FROM outbox WHERE channel = 'visitor' AND delivered_at IS NULL"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """With Slack connected, and away."""
    away = {"SLACK_API_URL": f"http://127.0.0.1:{free_port()}/api"}
    server = Server(tmp_path, {**SETTINGS, **away}).start()
    yield server
    server.stop()
    assert "Traceback" not in server.log, server.log
    assert "vi@example.com" not in server.log


class Ann:
    """A colleague at a desk of her own: another process, on the same database."""

    def __init__(self, server: Server) -> None:
        self.engine: Engine = open_engine(f"sqlite:///{server.folder / 'server.db'}")
        with transaction(self.engine) as session:
            self.member: Member = add_member(
                session, "Ann", "ann@example.com", "rep", datetime.now(UTC)
            )

    def replies(self, text: str) -> None:
        with transaction(self.engine) as session:
            lead_id, now = self._lead_id(), datetime.now(UTC)
            reply(session, lead_id, self.member, text, f"key {text}", now, Office.default())

    def releases(self) -> None:
        with transaction(self.engine) as session:
            now = datetime.now(UTC)
            release(session, self._lead_id(), self.member, now, Office.default())

    def _lead_id(self) -> int:
        with transaction(self.engine) as session:
            return list_leads(session)[0].id


async def becomes_a_lead(vi: Visitor) -> None:
    await vi.arrive()
    await vi.say("hello", "m1")
    assert (await vi.submit(**FORM, consent=True))["status"] == "ok"


def from_colleague(messages: list[Json]) -> list[Any]:
    return [message["text"] for message in messages if message.get("author") == "Ann"]


def wait_until_delivered(server: Server) -> None:
    give_up = time.monotonic() + DELIVERED_WITHIN_S
    while rows(server, WAITING) != [(0,)]:
        assert time.monotonic() < give_up, server.log
        time.sleep(0.1)


def test_both_talk_and_the_assistant_goes_on_afterwards(server: Server) -> None:
    async def scenario(vi: Visitor) -> None:
        await becomes_a_lead(vi)
        ann = Ann(server)
        ann.replies("Hello, Ann here.")
        assert (await vi.hears("agent_changed"))[-1] == {"agent": "Ann"}
        while not from_colleague(vi.replies):
            await vi.hears("bot_uttered", len(vi.replies) + 1)
        assert await vi.say("when can you deliver?", "m2") == {"status": "ok"}
        assert "when can you deliver?" in rows(server, SAID_TO_ANN)[0][0]
        ann.releases()
        assert (await vi.hears("agent_changed", 2))[-1] == {"agent": None}
        await vi.say("what is polarity?", "m3")
        assert "polarity" in vi.replies[-1]["text"].lower()
        assert len(rows(server, SAID_TO_ANN)) == 1

    visit(server, scenario)


def test_killed_while_a_colleague_writes_every_word_arrives_once_and_in_order(
    server: Server,
) -> None:
    words = [f"Line {number}" for number in range(1, 41)]
    token = ""

    async def until_killed(vi: Visitor) -> None:
        nonlocal token
        await becomes_a_lead(vi)
        token, ann = vi.token, Ann(server)
        for text in words:
            ann.replies(text)
        while len(from_colleague(vi.replies)) < 5:
            await vi.hears("bot_uttered", len(vi.replies) + 1)
        await asyncio.to_thread(server.stop, signal.SIGKILL)

    async def afterwards(vi: Visitor) -> None:
        session = await vi.arrive(token)
        assert session["agent"] == "Ann"
        before = len(recorded(server, conversation_of(token), "bot"))
        assert await vi.say("are you still there?", "m2") == {"status": "ok"}
        await asyncio.to_thread(wait_until_delivered, server)

        history = (await vi.request_session(token))["history"]
        assert from_colleague(history) == words
        numbers = [message["number"] for message in history if message["from"] == "bot"]
        assert numbers == list(range(1, len(numbers) + 1))
        assert sum("notice" in message for message in history) == 1
        assert len(recorded(server, conversation_of(token), "bot")) >= before
        assert ["still there" in row[0] for row in rows(server, SAID_TO_ANN)] == [True]

    visit(server, until_killed)
    assert rows(server, WAITING) != [(0,)]
    server.start()
    visit(server, afterwards)


def test_over_rest_a_colleagues_visitor_gets_no_answer_and_no_apology(server: Server) -> None:
    ann, now = Ann(server), datetime.now(UTC)
    assert server.say("hello", sender="rest-1")
    draft = LeadDraft(True, "Vi", "vi@example.com", conversation_id="rest-1", channel="rest")
    with transaction(ann.engine) as session:
        takeover = begin(session, "rest-1", take_lead(session, draft, now).id, ann.member, now)
        say(session, takeover, "Hello, Ann here.", "k1", now)

    assert server.say("what is polarity?", sender="rest-1") == []
    assert "what is polarity?" in rows(server, SAID_TO_ANN)[0][0]
    wait_until_delivered(server)
    said = [event["text"] for event in recorded(server, "rest-1", "bot")]
    assert said[1:] == ["Ann from Infinite Networks joined the chat.", "Hello, Ann here."]
    with transaction(ann.engine) as session:
        end(session, takeover, "released", now)
    assert "polarity" in texts(server.say("what is polarity?", sender="rest-1")).lower()
