"""Exactly once and in order, whatever Slack repeats and whenever a process dies."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.slack import inbox
from bot.channels.slack.inbox import Job, LostLeaseError, Received
from bot.channels.slack.messages import Message, message_of
from bot.channels.slack.reception import Reception, received_of
from bot.channels.slack.requests import EVENT, Incoming
from bot.channels.slack.work import LEASE_S, MOST_ATTEMPTS, Worker
from sales.database import transaction
from sales.outbox.tables import slack_inbox
from sales.settings import PROJECT
from tests.integration.slack.house import REP, SALES, STRANGER, House

NOW = datetime(2025, 6, 2, 17, tzinfo=UTC)
OWN = "U0BOT"
Json = dict[str, Any]


def envelope(event_id: str = "Ev1", **event: Any) -> Json:
    said = {"type": "message", "channel": "C0TALK", "channel_type": "channel", "user": STRANGER,
            "text": f"<@{OWN}> hello", "ts": "1.1"}  # fmt: skip
    granted = [{"user_id": OWN, "is_bot": True}]
    return {"event_id": event_id, "event": {**said, **event}, "authorizations": granted}


def take(engine: Engine, payload: Json, knows: bool = False) -> bool:
    reception = Reception(engine, lambda _conversation: knows, SALES)
    return reception.take(Incoming(EVENT, payload, "digest"), NOW)


@dataclass
class Hands:
    """A handler that remembers what it did, and fails as often as it is told to."""

    engine: Engine
    failures: int = 0
    done: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    async def handle(self, job: Job) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")
        self.finish(job, self.done)

    async def give_up(self, job: Job) -> None:
        self.finish(job, self.given_up)

    def finish(self, job: Job, kept: list[str]) -> None:
        with transaction(self.engine) as session:
            inbox.finish(session, job, NOW)
        kept.append(job.event_key)


def keep(engine: Engine, key: str, stream: str) -> None:
    with transaction(engine) as session:
        assert inbox.keep(session, Received("event", key, None, stream, {"text": "words"}), NOW)


def lease(engine: Engine, now: datetime, worker: str = "one") -> list[Job]:
    with transaction(engine) as session:
        return inbox.lease(session, now, LEASE_S, 10, worker)


# -- What is kept


def test_an_event_that_slack_repeats_is_kept_once(engine: Engine) -> None:
    assert take(engine, envelope())
    assert not take(engine, envelope())
    assert take(engine, envelope("Ev2", ts="1.2"))


@pytest.mark.parametrize("order", [("message", "app_mention"), ("app_mention", "message")])
def test_a_mention_that_comes_as_two_events_counts_once(
    engine: Engine, order: tuple[str, str]
) -> None:
    first, second = (envelope(f"Ev-{kind}", type=kind) for kind in order)

    assert [take(engine, first), take(engine, second)] == [True, False]


def test_the_same_moment_in_two_channels_is_two_messages(engine: Engine) -> None:
    assert take(engine, envelope("Ev1", channel="C1"))
    assert take(engine, envelope("Ev2", channel="C2"))


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "message_changed", "hidden": True},
        {"subtype": "message_deleted", "hidden": True},
        {"edited": {"user": STRANGER, "ts": "1.2"}},
        {"bot_id": "B1"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"user": OWN},
        {"user": None},
        {"user": "USLACKBOT"},
        {"text": ""},
        {"text": None},
        {"type": "reaction_added"},
    ],
)
def test_edits_bots_and_our_own_messages_are_nobodys_words(event: Json) -> None:
    assert message_of(envelope(**event)) is None
    assert received_of(Incoming(EVENT, envelope(**event), "digest")) is None


def test_a_file_with_words_is_a_message() -> None:
    message = message_of(envelope(subtype="file_share", files=[{"id": "F1"}]))

    assert message is not None
    assert (message.text, message.has_files) == ("hello", True)


def test_words_that_are_not_for_us_are_not_kept(engine: Engine) -> None:
    assert not take(engine, envelope(text="lunch?"))
    assert not take(engine, envelope("Ev2", text="me too", ts="1.2", thread_ts="1.1"))


def test_who_began_a_thread_with_us_goes_on_without_a_mention(engine: Engine) -> None:
    reply = {"text": "400G", "ts": "1.3", "thread_ts": "1.1", "parent_user_id": STRANGER}

    assert take(engine, envelope("Ev1", **reply), knows=True)
    assert not take(engine, envelope("Ev2", **{**reply, "user": REP, "ts": "1.4"}), knows=True)
    assert not take(engine, envelope("Ev3", **{**reply, "ts": "1.5"}), knows=False)
    to_rep = {**reply, "text": f"<@{REP}> can you look?", "ts": "1.6"}
    assert not take(engine, envelope("Ev4", **to_rep), knows=True)


def test_everything_in_a_cards_thread_is_kept(engine: Engine, house: House) -> None:
    house.take()
    house.deliver()
    below = {"channel": SALES, "text": "hello", "ts": "1.7", "thread_ts": house.card()["ts"]}

    assert take(engine, envelope("Ev1", **below))
    assert not take(engine, envelope("Ev2", **{**below, "ts": "1.8", "thread_ts": "1.7"}))
    assert not take(engine, envelope("Ev3", **{**below, "ts": "1.9", "channel": "C0TALK"}))


@pytest.mark.parametrize(
    ("event", "conversation"),
    [
        ({"ts": "1.1"}, "slack:C0TALK:1.1"),
        ({"ts": "1.2", "thread_ts": "1.1"}, "slack:C0TALK:1.1"),
        ({"channel": "D1", "channel_type": "im"}, "slack:D1"),
        ({"channel": "D1", "channel_type": "im", "ts": "1.3", "thread_ts": "1.1"}, "slack:D1:1.1"),
    ],
)
def test_each_thread_is_a_conversation_and_a_direct_message_is_one(
    event: Json, conversation: str
) -> None:
    message = message_of(envelope(**event))

    assert message is not None
    assert message.conversation_id == conversation


def test_what_people_write_stays_out_of_the_log() -> None:
    message = message_of(envelope(text=f"<@{OWN}> my name is Ana"))

    assert "Ana" not in repr(message)
    assert "Ana" not in repr(received_of(Incoming(EVENT, envelope(text="Ana"), "digest")))


# -- Who works on it


def test_one_stream_is_worked_on_in_order_and_others_beside_it(engine: Engine) -> None:
    for key, stream in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")):
        keep(engine, key, stream)

    assert [job.event_key for job in lease(engine, NOW)] == ["a1", "b1"]
    assert lease(engine, NOW, "two") == []

    hands = Hands(engine)
    later = NOW + timedelta(seconds=LEASE_S + 1)
    asyncio.run(Worker(engine, hands, clock=lambda: later).run_once())

    assert [key for key in hands.done if key[0] == "a"] == ["a1", "a2", "a3"]
    assert sorted(hands.done) == ["a1", "a2", "a3", "b1"]


def test_what_fails_is_tried_again_before_later_words_of_its_thread(engine: Engine) -> None:
    keep(engine, "a1", "a")
    keep(engine, "a2", "a")
    clock = [NOW]
    hands = Hands(engine, failures=2)
    worker = Worker(engine, hands, clock=lambda: clock[0])

    for _ in range(3):
        asyncio.run(worker.run_once())
        clock[0] += timedelta(minutes=2)

    assert hands.done == ["a1", "a2"]


def test_what_keeps_failing_is_given_up_and_the_thread_goes_on(engine: Engine) -> None:
    keep(engine, "a1", "a")
    keep(engine, "a2", "a")
    clock = [NOW]
    hands = Hands(engine, failures=MOST_ATTEMPTS)
    worker = Worker(engine, hands, clock=lambda: clock[0])

    for _ in range(MOST_ATTEMPTS):
        asyncio.run(worker.run_once())
        clock[0] += timedelta(minutes=2)

    assert (hands.given_up, hands.done) == (["a1"], ["a2"])


def test_a_worker_that_lost_the_row_cannot_keep_what_it_did(engine: Engine) -> None:
    keep(engine, "a1", "a")
    (slow,) = lease(engine, NOW, "slow")
    (fast,) = lease(engine, NOW + timedelta(seconds=LEASE_S + 1), "fast")

    def change_and_finish() -> None:
        with transaction(engine) as session:
            inbox.keep(session, Received("event", "made by the slow one", None, "b", {}), NOW)
            inbox.finish(session, slow, NOW)

    with pytest.raises(LostLeaseError):
        change_and_finish()
    with transaction(engine) as session:
        inbox.finish(session, fast, NOW)

    assert fast.attempts == 2
    assert lease(engine, NOW + timedelta(days=1)) == []


def test_what_is_done_is_forgotten_but_known(engine: Engine) -> None:
    received = Received("event", "a1", "C1:1.1", "a", {"text": "words"})
    with transaction(engine) as session:
        inbox.keep(session, received, NOW)
    (job,) = lease(engine, NOW)
    with transaction(engine) as session:
        inbox.finish(session, job, NOW)
    with transaction(engine) as session:
        assert session.execute(sa.select(slack_inbox.c.payload)).scalar() == {}
        assert not inbox.keep(session, replace(received, event_key="a2"), NOW)
        assert inbox.forget_done(session, NOW + timedelta(days=1)) == 0
        assert inbox.forget_done(session, NOW + timedelta(days=30)) == 1


def test_a_job_is_done_by_the_next_process_when_one_is_killed_in_the_middle(
    engine: Engine, database_url: str
) -> None:
    keep(engine, "a1", "a")
    command = [sys.executable, "-m", "tests.integration.slack.killed", database_url]
    killed = subprocess.run(command, check=False, timeout=120, cwd=PROJECT)
    now = datetime.now(UTC)
    hands = Hands(engine)

    assert killed.returncode == -signal.SIGKILL
    assert lease(engine, now, "too early") == []
    later = now + timedelta(seconds=LEASE_S + 1)
    asyncio.run(Worker(engine, hands, clock=lambda: later).run_once())
    assert hands.done == ["a1"]


def test_a_message_survives_the_table(engine: Engine) -> None:
    message = message_of(envelope(thread_ts="1.0", files=[{"id": "F1"}]))
    assert message is not None
    received = Received("event", "a1", message.key, "a", message.as_json())
    with transaction(engine) as session:
        inbox.keep(session, received, NOW)

    (job,) = lease(engine, NOW)

    assert Message(**job.payload) == message
