"""A colleague and the visitor talk; the assistant is silent, and goes on where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.core.agent import Agent

from tests.integration.website.relay import Relay, website
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import Visitor


@pytest.fixture
def relay(
    agent: Agent,
    loop: asyncio.AbstractEventLoop,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Relay]:
    with website(agent, loop, monkeypatch, tmp_path) as relay:
        yield relay


def test_the_visitor_reads_who_joined_what_they_write_and_that_they_left(relay: Relay) -> None:
    async def scenario(vi: Visitor, tab: Visitor) -> None:
        await vi.arrive()
        await tab.arrive(vi.token)
        await vi.say("hello")
        ann = relay.takes_over(conversation_of(vi.token))
        relay.says(ann, "Hello, **Ann** here.")
        relay.leaves(ann)
        await relay.deliver()
        await tab.hears("agent_changed", 2)

        joined, said, left = tab.replies[1:]
        assert joined["text"] == "Ann from Infinite Networks joined the chat."
        assert (joined["notice"], "author" in joined) == (True, False)
        assert (said["text"], said["author"]) == ("Hello, **Ann** here.", "Ann")
        assert left["text"] == "Ann left the chat. You are talking with the assistant again."
        assert (left["notice"], "author" in left) == (True, False)
        assert [m["number"] for m in tab.replies] == [1, 2, 3, 4]
        assert tab.heard("agent_changed")[-1] == {"agent": None}
        assert tab.replies == vi.replies
        history = (await tab.request_session(vi.token))["history"]
        assert [m for m in history if m["from"] == "bot"] == vi.replies

    relay.run(scenario, tabs=2)


def test_the_header_shows_the_colleague_from_the_moment_they_take_over(relay: Relay) -> None:
    async def scenario(vi: Visitor, later: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        ann = relay.takes_over(conversation_of(vi.token))
        await relay.deliver()
        assert (await vi.hears("agent_changed")) == [{"agent": "Ann"}]
        assert (await later.arrive(vi.token))["agent"] == "Ann"

        relay.leaves(ann)
        await relay.deliver()
        assert (await vi.hears("agent_changed", 2))[-1] == {"agent": None}
        assert (await later.request_session(vi.token))["agent"] is None

    relay.run(scenario, tabs=2)


def test_what_is_delivered_again_after_a_kill_is_there_once(relay: Relay) -> None:
    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        conversation = conversation_of(vi.token)
        ann = relay.takes_over(conversation)
        relay.says(ann, "Hello")
        relay.leaves(ann)
        await relay.deliver()
        before = relay.events(conversation)

        await relay.deliver_again()

        assert relay.events(conversation) == before
        assert before.count("pause") == before.count("resume") == 1
        heard = await vi.hears("bot_uttered", 7)  # shown once: the widget knows the numbers
        assert [m["number"] for m in heard] == [1, 2, 3, 4, 2, 3, 4]

    relay.run(scenario)


def test_the_assistant_is_silent_and_the_colleague_gets_every_message_once(relay: Relay) -> None:
    async def scenario(vi: Visitor, tab: Visitor) -> None:
        await vi.arrive()
        await tab.arrive(vi.token)
        await vi.say("hello")
        conversation = conversation_of(vi.token)
        ann = relay.takes_over(conversation)
        await relay.deliver()

        assert await vi.say("what is polarity?", "m1") == {"status": "ok"}
        assert await vi.say("what is polarity?", "m1") == {"status": "ok", "duplicate": True}
        assert await vi.say(vi.button("Recommend"), "m2") == {"status": "ok"}
        await asyncio.gather(*(vi.say("same", "m3") for _ in range(5)))
        await tab.hears("user_echo", 4)

        assert len(vi.replies) == 2  # hello, and that Ann joined
        assert {"typing": True} not in vi.heard("bot_typing")[2:]
        said = [payload["text"] for payload in relay.slack(ann, "visitor_said")]
        assert said == ["what is polarity?", "Recommend one for my network", "same"]
        assert relay.events(conversation).count("user") == 4
        tracker = await relay.tracker(conversation)
        assert tracker.is_paused()

    relay.run(scenario, tabs=2)


def test_a_message_for_the_colleague_is_never_answered_by_the_assistant_later(
    relay: Relay,
) -> None:
    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        ann = relay.takes_over(conversation_of(vi.token))
        await relay.deliver()
        await vi.say("what is polarity?", "m1")
        relay.leaves(ann)
        await relay.deliver()

        ack = await vi.say("what is polarity?", "m1")  # its acknowledgement was lost

        assert ack == {"status": "ok", "duplicate": True}
        assert "polarity" not in vi.text.lower()
        await vi.say("what is polarity?", "m2")
        assert "polarity" in vi.text.lower()

    relay.run(scenario)


def test_nothing_falls_between_the_colleague_and_the_assistant(relay: Relay) -> None:
    """From the click on, whatever is still to be delivered."""

    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        conversation = conversation_of(vi.token)
        ann = relay.takes_over(conversation)
        assert (await relay.tracker(conversation)).is_paused()
        await vi.say("are you there?")
        assert len(vi.replies) == 1
        assert [p["text"] for p in relay.slack(ann, "visitor_said")] == ["are you there?"]

        relay.leaves(ann)
        assert not (await relay.tracker(conversation)).is_paused()
        await vi.say("what is polarity?")
        assert "polarity" in vi.text.lower()
        assert len(relay.slack(ann, "visitor_said")) == 1
        await relay.deliver()
        await vi.say("thanks")
        assert not (await relay.tracker(conversation)).is_paused()

    relay.run(scenario)


def test_a_form_goes_on_with_its_question_after_the_colleague_left(relay: Relay) -> None:
    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("help me choose a connector for my network")
        assert "data rate" in vi.replies[-1]["text"]
        conversation = conversation_of(vi.token)
        slots = (await relay.tracker(conversation)).current_slot_values()
        ann = relay.takes_over(conversation)
        await relay.deliver()
        for text in ("we have 100G links", "/deny", "no rework, cheapest please", "forget it"):
            await vi.say(text)
        assert (await relay.tracker(conversation)).current_slot_values() == slots

        relay.leaves(ann)
        await relay.deliver()
        await vi.hears("agent_changed", 2)
        left, question = vi.replies[-2:]
        assert left["notice"]
        assert "data rate" in question["text"]
        assert "notice" not in question
        await vi.say(vi.button("400G"))
        assert "serviceable" in vi.replies[-1]["text"]

    relay.run(scenario)


def test_a_contact_form_of_the_chat_is_not_filled_with_words_for_the_colleague(
    relay: Relay,
) -> None:
    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("please have someone contact me")
        assert "your name" in vi.replies[-1]["text"]
        ann = relay.takes_over(conversation_of(vi.token))
        await relay.deliver()
        await vi.say("Bob Builder")
        relay.leaves(ann)
        await relay.deliver()
        await vi.say("Ana Silva")
        assert "e-mail address or phone" in vi.replies[-1]["text"]
        tracker = await relay.tracker(conversation_of(vi.token))
        assert tracker.get_slot("contact_name") == "Ana Silva"

    relay.run(scenario)


def test_a_contact_form_sent_to_the_colleague_reads_as_words(relay: Relay) -> None:
    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        ann = relay.takes_over(conversation_of(vi.token))
        form = {"name": "Ana Silva", "reach": "ana@example.com", "company": "", "note": "20 trunks"}
        assert await vi.submit(**form, consent=True) == {"status": "ok"}

        said = [payload["text"] for payload in relay.slack(ann, "visitor_said")]
        assert said == ["Contact details sent: Ana Silva, ana@example.com, 20 trunks"]
        assert len(vi.replies) == 1

    relay.run(scenario)


def test_a_visitor_who_begins_anew_is_with_the_assistant(relay: Relay) -> None:
    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        old = conversation_of(vi.token)
        ann = relay.takes_over(old)
        await relay.deliver()
        await vi.socket.emit("restart", {"session_id": vi.token})
        session = (await vi.hears("session_confirm", 2))[-1]
        vi.token = session["session_id"]
        assert session["agent"] is None
        assert relay.taken_over_by(old) is None
        assert "new conversation" in relay.slack(ann, "thread")[0]["text"]

        await vi.say("what is polarity?")
        assert "polarity" in vi.text.lower()
        await relay.deliver()
        assert len(vi.heard("agent_changed")) == 1  # the old conversation's end is not shown here

    relay.run(scenario)


def test_the_colleague_learns_once_that_the_visitor_is_away(relay: Relay) -> None:
    async def scenario(vi: Visitor, back: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        conversation = conversation_of(vi.token)
        ann = relay.takes_over(conversation)
        relay.says(ann, "one")
        await relay.deliver()
        assert relay.slack(ann, "thread") == []
        await vi.leave()
        await relay.is_left_alone(conversation)
        relay.says(ann, "two")
        relay.says(ann, "three")
        await relay.deliver()

        assert ["not on the page" in p["text"] for p in relay.slack(ann, "thread")] == [True]
        receipts = [r.receipt for r in relay.rows("visitor") if r.conversation_id == conversation]
        assert [r["present"] for r in receipts] == [True, True, False, False]
        history = (await back.arrive(vi.token))["history"]
        assert [m["text"] for m in history][-3:] == ["one", "two", "three"]

    relay.run(scenario, tabs=2)


def test_only_what_the_assistant_said_can_be_rated(relay: Relay) -> None:
    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        ann = relay.takes_over(conversation_of(vi.token))
        relay.says(ann, "Hello")
        await relay.deliver()

        acks = [
            await vi.send("feedback", {"session_id": vi.token, "message": n, "value": "up"})
            for n in (1, 2, 3)
        ]
        assert [ack.get("code") for ack in acks] == [None, "bad_request", "bad_request"]

    relay.run(scenario)


def test_an_erased_conversation_stays_erased(relay: Relay) -> None:
    async def scenario() -> None:
        relay.says(relay.takes_over("web-" + "e" * 32), "Hello")
        await relay.deliver()

        assert relay.events("web-" + "e" * 32) == []
        assert all(row.delivered_at for row in relay.rows("visitor"))

    relay.run(scenario, tabs=0)


def test_a_conversation_held_in_slack_gets_the_colleagues_words_there(relay: Relay) -> None:
    from bot.record import Record
    from bot.turns import Turn, Turns

    async def scenario() -> None:
        turns = Turns(Record(relay.engine), lambda: relay.agent, "slack")
        for conversation, thread in (("slack:D1:17.5", "17.5"), ("slack:D2", None)):
            await turns.run(Turn(conversation, "m1", "hello"))
            ann = relay.takes_over(conversation)
            relay.says(ann, "Hello, Ann here.")
            await relay.deliver()
            await relay.deliver_again()

            stream = f"slack:{conversation.split(':')[1]}:{thread or ''}"
            sent = [row for row in relay.rows("slack") if row.stream == stream]
            assert [row.kind for row in sent] == ["reply", "reply"]
            assert [row.payload["thread_ts"] for row in sent] == [thread] * 2
            assert sent[1].payload["messages"] == [
                {"text": "Hello, Ann here.", "buttons": [], "custom": None, "author": "Ann"}
            ]

    relay.run(scenario, tabs=0)


def test_the_pause_outlasts_an_expired_session(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rasa's session start would otherwise wake the assistant up."""
    monkeypatch.setattr(
        relay.agent.processor, "_has_session_expired", lambda _tracker: True, raising=True
    )

    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        ann = relay.takes_over(conversation_of(vi.token))
        await relay.deliver()
        await vi.say("what is polarity?")
        await vi.say("and OM5?")

        assert len(vi.replies) == 2
        assert len(relay.slack(ann, "visitor_said")) == 2

    relay.run(scenario)


def test_nothing_but_the_three_kinds_ever_reaches_a_visitor(relay: Relay) -> None:
    from datetime import UTC, datetime

    from sales.database import transaction
    from sales.outbox.store import Notification, enqueue

    async def scenario(vi: Visitor) -> None:
        await vi.arrive()
        await vi.say("hello")
        conversation = conversation_of(vi.token)
        row = Notification(
            "visitor", "note", f"k-{conversation}", f"visitor:{conversation}",
            {"author": "Ann", "text": "internal"}, None, conversation,
        )  # fmt: skip
        with transaction(relay.engine) as session:
            enqueue(session, [row], datetime.now(UTC))
        await relay.deliver()

        assert len(relay.record(conversation).messages) == 2
        assert relay.rows("visitor")[-1].dead_at is not None

    relay.run(scenario)
