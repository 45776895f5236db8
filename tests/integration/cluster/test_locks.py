"""One turn at a time over all processes; and when a lock is lost, the database decides."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from rasa.core.lock_store import LockError
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from redis.asyncio import Redis as Client
from sqlalchemy.engine import Engine

import bot.locks
from bot.conversations import ConversationStore
from bot.fencing import LostTurnError
from bot.locks import PREFIX, ConversationLocks
from bot.record import Record
from sales.database import transaction
from sales.erasure import delete_conversations
from tests.integration.cluster.parts import Redis, serving_redis

WHO = "web-1"
DOMAIN = Domain.empty()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with serving_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def store(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> ConversationStore:
    monkeypatch.setenv("DATABASE_URL", database_url)
    return ConversationStore(DOMAIN)


def processes(redis: Redis, count: int = 3) -> list[ConversationLocks]:
    """The lock stores of so many processes."""
    return [ConversationLocks(redis_url=redis.url) for _ in range(count)]


def test_of_many_turns_in_many_processes_one_runs_at_a_time(redis: Redis) -> None:
    inside, most, done = 0, 0, 0

    async def turn(locks: ConversationLocks) -> None:
        nonlocal inside, most, done
        async with locks.lock(WHO):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside, done = inside - 1, done + 1

    async def scenario() -> None:
        stores = processes(redis)
        await asyncio.gather(*(turn(stores[n % 3]) for n in range(90)))

    asyncio.run(scenario())
    assert (most, done) == (1, 90)


def test_turns_of_different_conversations_do_not_wait_for_each_other(redis: Redis) -> None:
    async def scenario() -> None:
        one, other = processes(redis, 2)
        first, second, third = one.lock("web-1"), other.lock("web-2"), one.lock("web-3")
        async with asyncio.timeout(5), first, second, third:
            pass

    asyncio.run(scenario())


def test_within_a_process_who_came_first_is_served_first(redis: Redis) -> None:
    async def scenario() -> list[int]:
        (locks,) = processes(redis, 1)
        served: list[int] = []

        async def turn(number: int) -> None:
            async with locks.lock(WHO):
                served.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(30):
                group.create_task(turn(number))
        return served

    assert asyncio.run(scenario()) == list(range(30))


def test_a_turn_that_takes_longer_than_the_lock_lives_keeps_it(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.locks, "LEASE_S", 0.4)
    monkeypatch.setattr(bot.locks, "EXTEND_EVERY_S", 0.1)
    monkeypatch.setattr(bot.locks, "WAIT_S", 0.3)

    async def scenario() -> None:
        one, other = processes(redis, 2)
        async with one.lock(WHO):
            await asyncio.sleep(1.0)
            with pytest.raises(LockError):
                async with other.lock(WHO):
                    pass
        async with other.lock(WHO):
            pass

    asyncio.run(scenario())


def test_the_lock_of_a_killed_process_ends_by_itself(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.locks, "LEASE_S", 0.4)

    async def scenario() -> None:
        client: Client = Client.from_url(redis.url)
        await client.set(PREFIX + WHO, "of a process that is no more", px=400)
        await client.aclose()
        (locks,) = processes(redis, 1)
        async with asyncio.timeout(5), locks.lock(WHO):
            pass

    asyncio.run(scenario())


def test_nobody_ends_the_turn_of_another(redis: Redis) -> None:
    """Redis forgot the lock of one, and gave it to another: the first one's end leaves it alone."""

    async def scenario() -> None:
        one, other = processes(redis, 2)
        client: Client = Client.from_url(redis.url)
        async with one.lock(WHO):
            await client.flushall()
            second = other.lock(WHO)
            await second.__aenter__()
        assert await client.exists(PREFIX + WHO)
        await second.__aexit__(None, None, None)
        assert not await client.exists(PREFIX + WHO)
        await client.aclose()

    asyncio.run(scenario())


def test_while_redis_is_away_turns_go_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(server: Redis) -> None:
        (locks,) = processes(server, 1)
        async with locks.lock(WHO):
            await asyncio.to_thread(server.kill)
        for _ in range(3):
            async with locks.lock(WHO):
                pass
        await asyncio.to_thread(server.start)
        await asyncio.sleep(bot.redis_link.AWAY_S)
        client: Client = Client.from_url(server.url)
        async with locks.lock(WHO):
            assert await client.exists(PREFIX + WHO), "it locks again, by itself"
        await client.aclose()

    with serving_redis(tmp_path) as server:
        asyncio.run(scenario(server))
    assert caplog.text.count("redis.away") == 1
    assert caplog.text.count("redis.back") == 1


# -- The fence


def test_of_two_turns_read_from_the_same_rows_one_is_saved(store: ConversationStore) -> None:
    async def scenario() -> None:
        await _say(store, "first")
        late, early = await store.retrieve(WHO), await store.retrieve(WHO)
        early.update(UserUttered("early", input_channel="x"))
        await store.save(early)
        late.update(UserUttered("late", input_channel="x"))
        with pytest.raises(LostTurnError):
            await store.save(late)
        early.update(BotUttered("answer"))
        await store.save(early)  # who was first may go on

    asyncio.run(scenario())
    assert _texts(store) == ["first", "early", "answer"]


def test_of_two_first_turns_one_is_saved(store: ConversationStore) -> None:
    async def scenario() -> None:
        one = await store.get_or_create_tracker(WHO, append_action_listen=False)
        other = await store.get_or_create_tracker(WHO, append_action_listen=False)
        for tracker in (one, other):
            tracker.update(UserUttered("hello", input_channel="x"))
        await store.save(one)
        with pytest.raises(LostTurnError):
            await store.save(other)

    asyncio.run(scenario())
    assert _texts(store) == ["hello"]


def test_a_turn_does_not_bring_back_a_conversation_that_was_erased(
    store: ConversationStore, engine: Engine
) -> None:
    async def scenario() -> None:
        await _say(store, "first")
        tracker = await store.retrieve(WHO)
        with transaction(engine) as session:
            delete_conversations(session, {WHO})
        tracker.update(UserUttered("late", input_channel="x"))
        with pytest.raises(LostTurnError):
            await store.save(tracker)

    asyncio.run(scenario())
    assert _texts(store) == []


def test_without_any_lock_every_turn_is_saved_once(
    store: ConversationStore, engine: Engine
) -> None:
    """Eight at a time, each trying again until it was first: nothing lost, nothing doubled."""

    async def turn(number: int) -> None:
        while True:
            tracker = await store.get_or_create_tracker(WHO, append_action_listen=False)
            await asyncio.sleep(0)
            tracker.update(UserUttered(f"message {number}", input_channel="x"))
            tracker.update(ActionExecuted("action_listen"))
            with suppress(LostTurnError):
                return await asyncio.to_thread(asyncio.run, store.save(tracker))

    async def scenario() -> None:
        await asyncio.gather(*(turn(number) for number in range(24)))

    asyncio.run(scenario())
    assert sorted(_texts(store)) == sorted(f"message {number}" for number in range(24))


async def _say(store: ConversationStore, text: str) -> None:
    tracker = await store.get_or_create_tracker(WHO, append_action_listen=False)
    tracker.update(UserUttered(text, input_channel="x"))
    await store.save(tracker)


def _texts(store: ConversationStore) -> list[str]:
    return [message.text for message in Record(store.engine).read(WHO).messages]
