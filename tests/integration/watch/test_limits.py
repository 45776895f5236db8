"""Too many visitors at once: they are asked to wait, and none is forgotten."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.integration.server import Server
from tests.integration.watch.conftest import (
    PATIENCE_S,
    TROUBLED,
    get,
    samples,
    until_in_hand,
    value,
)
from tests.integration.watch.troubled import SLOW_UNTIL, SLOW_WORDS
from tests.integration.website.conftest import GENEROUS
from tests.integration.website.visitor import Visitor, recorded, visit

WAITING = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Server, "program", TROUBLED)
        folder: Path = tmp_path_factory.mktemp("limited")
        server = Server(
            folder,
            {**GENEROUS, "TURNS_WAITING": str(WAITING), SLOW_UNTIL: str(folder / SLOW_UNTIL)},
        ).start()
        yield server
        if server.answers():
            server.stop()


async def insist(visitor: Visitor, text: str, message_id: str) -> int:
    """Send as the widget does, until it is answered; how often the server was too busy."""
    refusals = 0
    async with asyncio.timeout(PATIENCE_S):
        while (ack := await visitor.say(text, message_id)).get("code") == "busy":
            assert ack["retry_after"] >= 1
            assert "(408) 796-7735" in ack["text"]
            refusals += 1
            await asyncio.sleep(ack["retry_after"])
    assert ack["status"] == "ok", ack
    return refusals


def test_beyond_its_limit_the_server_asks_to_wait_and_every_message_is_answered_once(
    server: Server,
) -> None:
    async def scenario(slow: Visitor, *others: Visitor) -> None:
        for visitor in (slow, *others):
            await visitor.arrive()
        holding = asyncio.create_task(slow.say(SLOW_WORDS, "slow"))
        await until_in_hand(server, 1)
        greedy = others[0]
        crowd = [asyncio.create_task(insist(one, "hello", "first")) for one in others]
        more = asyncio.create_task(insist(greedy, "thanks", "second"))
        await until_in_hand(server, WAITING)
        rest = await asyncio.to_thread(server.post, {"message": "hello", "sender": "late"})
        assert rest.status_code == 503
        assert int(rest.headers["Retry-After"]) >= 1
        assert "(408) 796-7735" in rest.json()[0]["text"]

        (server.folder / SLOW_UNTIL).touch()
        assert (await holding)["status"] == "ok"
        refusals = await asyncio.gather(*crowd)
        assert sum(refusals) >= len(others) - WAITING
        assert 0 in refusals
        await more
        for one in others:
            conversation = jwt.decode(one.token, options={"verify_signature": False})["sub"]
            said = [event["message_id"] for event in recorded(server, conversation, "user")]
            assert sorted(said) == (["first", "second"] if one is greedy else ["first"])
            assert len(recorded(server, conversation, "bot")) == len(said)

    visit(server, scenario, tabs=9)
    found = samples(server)
    assert value(found, "fiberbot_turns_total", channel="rest", outcome="busy") == 1
    assert value(found, "fiberbot_turns_total", channel="website", outcome="failed") == 0
    assert value(found, "fiberbot_turns_in_hand") == 0
    assert server.say("hello")  # as ever, without a restart


def test_a_second_signal_ends_at_once(server: Server) -> None:
    assert server.process is not None
    process = server.process
    (server.folder / SLOW_UNTIL).unlink(missing_ok=True)

    async def cut(slow: Visitor) -> None:
        await slow.arrive()
        answer = asyncio.create_task(slow.say(SLOW_WORDS, "cut-off"))
        await until_in_hand(server, 1)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            while (await asyncio.to_thread(get, server, "/ready")).status_code == 200:
                await asyncio.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 128 + signal.SIGTERM
        assert time.monotonic() - began < 3  # and not after the turn
        answer.cancel()

    visit(server, cut)
