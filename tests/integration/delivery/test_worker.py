"""The worker: fast ones do not wait for slow ones, and nothing is forgotten when it stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.delivery.worker import SendError, Worker
from sales.database import transaction
from sales.outbox.store import Delivery, Notification, dead_letters, depth, enqueue
from sales.outbox.tables import outbox

WAIT_S = 20.0


@dataclass
class Remembering:
    """A receiver in memory: `how` may fail or wait."""

    how: Callable[[Delivery], Awaitable[Any]] | None = None
    got: list[Delivery] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, delivery: Delivery) -> Any:
        self.got.append(delivery)
        self.came.set()
        return await self.how(delivery) if self.how else {"ok": True}

    @property
    def keys(self) -> list[str]:
        return [delivery.key for delivery in self.got]


def put(engine: Engine, *keys: str) -> None:
    """Keys such as "slack:a:1": channel, stream, number."""
    rows = [
        Notification(key.split(":")[0], "said", key, key.rpartition(":")[0], {"text": "secret"})
        for key in keys
    ]
    with transaction(engine) as session:
        enqueue(session, rows, datetime.now(UTC))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


def is_empty(engine: Engine) -> bool:
    with transaction(engine) as session:
        return depth(session) == {}


def test_a_receiver_that_hangs_holds_up_no_other_channel(engine: Engine) -> None:
    async def scenario() -> None:
        hanging = asyncio.Event()

        async def hang(_delivery: Delivery) -> None:
            await hanging.wait()

        slack, email = Remembering(hang), Remembering()
        worker = Worker(engine, {"slack": slack, "email": email}, at_once=2, poll_s=0.05)
        put(engine, *(f"slack:{n}:1" for n in range(5)), *(f"email:{n}:1" for n in range(5)))
        running = asyncio.create_task(worker.run())
        await until(lambda: len(email.got) == 5)
        assert len(slack.got) == 2, "as many as fit at once"
        hanging.set()
        await until(lambda: is_empty(engine))
        await worker.stop()
        await running

    asyncio.run(scenario())


def test_what_is_committed_goes_out_without_waiting_for_the_next_look(engine: Engine) -> None:
    async def scenario() -> None:
        slack = Remembering()
        worker = Worker(engine, {"slack": slack}, poll_s=3600)
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0.3)  # it has looked once and rests
        await asyncio.to_thread(put, engine, "slack:a:1", "slack:a:2")
        async with asyncio.timeout(WAIT_S):
            await slack.came.wait()
        await until(lambda: is_empty(engine))
        assert slack.keys == ["slack:a:1", "slack:a:2"]
        await worker.stop()
        await running

    asyncio.run(scenario())


def test_stopping_finishes_what_is_in_hand(engine: Engine) -> None:
    async def scenario() -> None:
        async def take_a_moment(_delivery: Delivery) -> None:
            await asyncio.sleep(0.3)

        slack = Remembering(take_a_moment)
        worker = Worker(engine, {"slack": slack})
        put(engine, "slack:a:1", "slack:a:2")
        running = asyncio.create_task(worker.run())
        await slack.came.wait()
        await worker.stop()
        await running
        assert slack.keys == ["slack:a:1"]
        with transaction(engine) as session:
            assert depth(session) == {"slack": {"open": 1, "dead": 0}}

    asyncio.run(scenario())


def test_what_takes_too_long_to_stop_is_repeated_later(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        slack = Remembering(lambda _delivery: asyncio.sleep(3600))
        worker = Worker(engine, {"slack": slack})
        put(engine, "slack:a:1")
        running = asyncio.create_task(worker.run())
        await slack.came.wait()
        await worker.stop(within_s=0.1)
        await running

        again = Remembering()
        later = datetime.now(UTC) + timedelta(minutes=5)
        assert await Worker(engine, {"slack": again}).run_once(later) == 1
        assert [(d.key, d.was_interrupted) for d in again.got] == [("slack:a:1", True)]

    asyncio.run(scenario())
    assert "outbox.left: deliveries=1" in caplog.text


def test_while_it_is_sent_nobody_else_takes_it(engine: Engine) -> None:
    async def scenario() -> None:
        async def take_long(_delivery: Delivery) -> None:
            await asyncio.sleep(1.5)

        slow, other = Remembering(take_long), Remembering()
        put(engine, "slack:a:1")
        holder = Worker(engine, {"slack": slow}, lease_s=0.6)
        running = asyncio.create_task(holder.run())
        await slow.came.wait()
        waiting = Worker(engine, {"slack": other}, poll_s=0.05, lease_s=0.6)
        waits = asyncio.create_task(waiting.run())
        await until(lambda: is_empty(engine))
        await asyncio.gather(holder.stop(), waiting.stop(), running, waits)
        assert (len(slow.got), len(other.got)) == (1, 0)

    asyncio.run(scenario())


def test_our_own_fault_stops_nobody_else_and_is_told(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async def stumble(delivery: Delivery) -> None:
            if delivery.stream == "slack:a":
                raise KeyError("channel")

        slack = Remembering(stumble)
        put(engine, "slack:a:1", "slack:b:1")
        assert await Worker(engine, {"slack": slack}).run_once(datetime.now(UTC)) == 2

    asyncio.run(scenario())
    with transaction(engine) as session:
        assert depth(session) == {"slack": {"open": 1, "dead": 0}}
        row = session.execute(sa.select(outbox).where(outbox.c.delivered_at.is_(None))).one()
    assert (row.error, row.is_uncertain) == ("Our fault: KeyError.", True)
    assert "secret" not in caplog.text


def test_an_answer_that_never_comes_is_tried_again_as_uncertain(engine: Engine) -> None:
    async def scenario() -> None:
        slack = Remembering(lambda _delivery: asyncio.sleep(3600))
        worker = Worker(engine, {"slack": slack}, send_timeout_s=0.1)
        put(engine, "slack:a:1")
        now = datetime.now(UTC)
        await worker.run_once(now)
        slack.how = None
        await worker.run_once(now + timedelta(seconds=10))
        assert [d.was_interrupted for d in slack.got] == [False, True]

    asyncio.run(scenario())
    assert is_empty(engine)


def test_a_wish_to_wait_and_a_final_no_are_respected(engine: Engine) -> None:
    async def scenario() -> None:
        async def refuse(delivery: Delivery) -> None:
            raise SendError("no", retry_after_s=100, is_permanent=delivery.stream == "slack:b")

        slack = Remembering(refuse)
        worker = Worker(engine, {"slack": slack})
        put(engine, "slack:a:1", "slack:b:1")
        now = datetime.now(UTC)
        await worker.run_once(now)
        assert await worker.run_once(now + timedelta(seconds=99)) == 0
        assert await worker.run_once(now + timedelta(seconds=101)) == 1
        assert slack.keys[-1] == "slack:a:1"

    asyncio.run(scenario())
    with transaction(engine) as session:
        assert [entry.key for entry in dead_letters(session)] == ["slack:b:1"]


def test_a_database_that_is_away_is_told_once_and_waited_for(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(old: str, new: str) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))

    async def scenario() -> None:
        slack = Remembering()
        worker = Worker(engine, {"slack": slack}, poll_s=0.02, database_pause_s=0.02)
        put(engine, "slack:a:1")
        await asyncio.to_thread(rename, "outbox", "away")
        running = asyncio.create_task(worker.run())
        await until(lambda: "outbox.database_away" in caplog.text)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(rename, "away", "outbox")
        await until(lambda: is_empty(engine))
        await worker.stop()
        await running
        assert slack.keys == ["slack:a:1"]

    with caplog.at_level(logging.INFO, "bot.delivery.worker"):
        asyncio.run(scenario())
    assert caplog.text.count("outbox.database_away") == 1
    assert caplog.text.count("outbox.database_back") == 1


def test_an_outcome_is_kept_although_the_database_was_away_for_a_while(engine: Engine) -> None:
    """What arrived is not repeated only because that could not be written down at once."""
    is_away = asyncio.Event()

    def away(*_args: Any) -> None:
        if is_away.is_set():
            raise sa.exc.OperationalError("the database is away", {}, Exception())

    sa.event.listen(engine, "before_cursor_execute", away)

    async def scenario() -> None:
        async def lose_the_database(_delivery: Delivery) -> None:
            is_away.set()

        slack = Remembering(lose_the_database)
        worker = Worker(engine, {"slack": slack}, poll_s=0.02, database_pause_s=0.05)
        put(engine, "slack:a:1")
        running = asyncio.create_task(worker.run())
        await slack.came.wait()
        await asyncio.sleep(0.3)
        is_away.clear()
        await until(lambda: is_empty(engine))
        await worker.stop()
        await running
        assert len(slack.got) == 1

    try:
        asyncio.run(scenario())
    finally:
        sa.event.remove(engine, "before_cursor_execute", away)
