"""What an operator can rely on: counts that are right, logs without people in them, probes."""

from __future__ import annotations

import asyncio
import json
import signal
import uuid

import pytest
import requests
from socketio.exceptions import ConnectionError as NoConnectionError  # type: ignore[import-untyped]

from tests.integration.delivery.receiver import Answer
from tests.integration.sales.company import Company
from tests.integration.sales.guest import Guest, receive
from tests.integration.slack.house import STRANGER
from tests.integration.watch.conftest import (
    METRICS_TOKEN,
    PATIENCE_S,
    PROXIED,
    Samples,
    get,
    samples,
    until_in_hand,
    value,
)
from tests.integration.watch.troubled import BROKEN, SLOW_UNTIL, SLOW_WORDS
from tests.integration.website.visitor import Visitor, visit

NAME, REACH, NOTE = "Zebulon Quistgaard", "zeb.quist@example.org", "project Nightjar of ours"
PRIVATE = ("Zebulon", "Quistgaard", "zeb.quist", "Nightjar", "555-0177", "kumquat", "pomelo")


def grown(before: Samples, after: Samples, name: str, **labels: str) -> float:
    return value(after, name, **labels) - value(before, name, **labels)


def test_metrics_count_turns_leads_and_deliveries_as_they_happened(firm: Company) -> None:
    before = samples(firm.server)

    async def scenario(guest: Guest) -> None:
        await guest.arrive()
        await guest.say("what is the difference between MTP and MPO?")
        message = {"message": "hello", "message_id": "once", "session_id": guest.token}
        assert (await guest.tab.send("user_uttered", message))["status"] == "ok"
        assert (await guest.tab.send("user_uttered", message))["duplicate"]
        await guest.say("colourless green ideas sleep furiously")
        await guest.submit()
        await guest.submit(note="and a few more")
        assert value(samples(firm.server), "fiberbot_connections") == 1

    receive(firm.server, scenario, "Ana Silva")
    firm.server.say("hello", sender="rest visitor")
    asyncio.run(firm.everything_delivered())
    after = samples(firm.server)

    def turns(channel: str, outcome: str) -> float:
        labels = {"channel": channel, "outcome": outcome}
        return grown(before, after, "fiberbot_turns_total", **labels)

    assert turns("website", "answered") == 5
    assert turns("website", "repeated") == 1
    assert turns("rest", "answered") == 1
    assert turns("website", "failed") == turns("website", "busy") == 0
    assert grown(before, after, "fiberbot_turn_seconds_count", channel="website") == 5
    assert grown(before, after, "fiberbot_fallbacks_total") == 1
    assert grown(before, after, "fiberbot_leads_total", kind="new") == 1
    assert grown(before, after, "fiberbot_leads_total", kind="known") == 1
    for target in ("slack", "email", "webhook"):
        labels = {"target": target, "outcome": "delivered"}
        assert grown(before, after, "fiberbot_deliveries_total", **labels) >= 1
        assert value(after, "fiberbot_outbox_depth", target=target, state="open") == 0
    assert value(after, "fiberbot_queue_length") == value(after, "fiberbot_turns_in_hand") == 0
    assert value(after, "fiberbot_database_up") == 1
    assert value(after, "process_resident_memory_bytes") > 10_000_000
    assert any(name == "fiberbot_build_info" for name, _ in after)


def test_metrics_show_what_waits_for_a_receiver_that_is_down(firm: Company) -> None:
    before, posted = samples(firm.server), len(firm.crm.posted)
    firm.crm.choose = lambda _: Answer(503)

    async def scenario(guest: Guest) -> None:
        await guest.arrive()
        await guest.submit()
        await guest.until(lambda: len(firm.crm.posted) > posted)

    try:
        receive(firm.server, scenario, "Bo Down")
        waiting = samples(firm.server)
        assert value(waiting, "fiberbot_outbox_depth", target="webhook", state="open") >= 1
        assert value(waiting, "fiberbot_outbox_oldest_seconds", target="webhook", state="open") > 0
    finally:
        firm.crm.choose = None
    asyncio.run(firm.everything_delivered())
    after = samples(firm.server)
    labels = {"target": "webhook", "outcome": "failed"}
    assert grown(before, after, "fiberbot_deliveries_total", **labels) >= 1
    assert value(after, "fiberbot_outbox_depth", target="webhook", state="open") == 0


def test_metrics_have_no_label_from_outside(firm: Company) -> None:
    firm.server.say("hello", sender="Zebulon Quistgaard")

    known = {"channel", "outcome", "kind", "target", "state", "le", "generation",
             "version", "rasa", "python", "model"}  # fmt: skip
    found = samples(firm.server)
    assert {label for _, labels in found for label, _ in labels} <= known
    assert not any(word in str(found.keys()) for word in PRIVATE)
    assert len(found) < 500


def test_metrics_are_for_this_machine_and_for_who_has_the_token(firm: Company) -> None:
    assert get(firm.server, "/metrics").status_code == 200
    assert get(firm.server, "/metrics", **PROXIED).status_code == 401
    assert get(firm.server, "/metrics", **PROXIED, Authorization="Bearer x").status_code == 401
    allowed = get(firm.server, "/metrics", **PROXIED, Authorization=f"Bearer {METRICS_TOKEN}")
    assert allowed.status_code == 200
    assert "fiberbot_turns_total" in allowed.text


def test_probes_say_alive_and_ready_on_both_ports(firm: Company) -> None:
    live, ready = get(firm.server, "/health"), get(firm.server, "/ready")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (
        200, {"status": "ready", "model": True, "encoder": True, "database": True},
    )  # fmt: skip
    desk = requests.get(f"http://127.0.0.1:{firm.server.desk_port}/ready", timeout=5)
    assert (desk.status_code, desk.json()) == (200, {"status": "ready", "database": True})


def test_logs_are_json_and_hold_no_person_and_no_secret(firm: Company) -> None:
    tokens: list[str] = []

    async def scenario(guest: Guest) -> None:
        await guest.arrive()
        tokens.append(str(guest.token))
        await guest.say(f"hello, I am {NAME}, call 408-555-0177 about {NOTE}")
        for text in (f"{BROKEN} {NAME} {REACH}", f"/{BROKEN} kumquat"):
            data = {"message": text, "message_id": uuid.uuid4().hex, "session_id": guest.token}
            assert (await guest.tab.send("user_uttered", data))["code"] == "failed"
        await guest.tab.send("user_uttered", {"message": {"kumquat": 1}, "session_id": "pomelo"})
        await guest.submit(name=NAME, reach=REACH, note=NOTE)

    receive(firm.server, scenario, NAME)
    firm.server.say(f"{BROKEN} {NAME} kumquat", sender=NAME)
    firm.server.post(data=b'{"sender": "Zebulon", "message": kumquat')
    firm.slack.say(STRANGER, firm.slack.direct_messages(STRANGER), f"I am {NAME}, pomelo")
    asyncio.run(firm.until(lambda: '"channel": "slack"' in firm.server.log))
    asyncio.run(firm.everything_delivered())

    lines = [json.loads(line) for line in firm.server.log.splitlines() if line]
    assert all({"time", "level", "logger", "event"} <= line.keys() for line in lines)
    turns = [line for line in lines if line["event"] == "turn.done"]
    assert {turn["channel"] for turn in turns} >= {"website", "rest", "slack"}
    assert all(turn["ms"] > 0 and turn["conversation"] for turn in turns)
    assert len([turn for turn in turns if turn["outcome"] == "failed"]) >= 2
    errors = [error for line in lines for error in line.get("error", ())]
    assert [error for error in errors if error["type"] == "ValueError" and error["places"]]
    settings = firm.server.settings
    secrets = [value for name, value in settings.items() if name.endswith(("SECRET", "TOKEN"))]
    for word in (*PRIVATE, *tokens, *secrets):
        assert word not in firm.server.log, word


def test_a_turn_in_hand_is_answered_after_the_signal_and_nobody_new_comes_in(
    firm: Company,
) -> None:
    server = firm.server
    assert server.process is not None
    process = server.process

    async def scenario(slow: Visitor, idle: Visitor, late: Visitor) -> None:
        await slow.arrive()
        await idle.arrive()
        answer = asyncio.create_task(slow.say(SLOW_WORDS, "at-the-end"))
        await until_in_hand(server, 1)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            while idle.socket.connected:
                await asyncio.sleep(0.02)
        assert not answer.done()
        ready = await asyncio.to_thread(get, server, "/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        assert (await asyncio.to_thread(get, server, "/health")).status_code == 200
        assert (await asyncio.to_thread(server.post, {"message": "hello"})).status_code == 503
        with pytest.raises(NoConnectionError):
            await late.connect()

        (server.folder / SLOW_UNTIL).touch()
        assert (await answer)["status"] == "ok"
        assert len(slow.replies) == 1
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0

    visit(server, scenario, tabs=3)
