"""Killed at any instruction, the outbox loses nothing, and receivers can tell repeats."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import signal
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.feedback.tables import answer_feedback
from sales.outbox.store import depth
from tests.integration.delivery import killable
from tests.integration.delivery.receiver import Answer, Posted, Receiver, receiving

KILLS = 26
STREAMS = (("a", "b", "c"), ("d", "e", "f"))  # of the two processes that run at a time


def test_killed_again_and_again_every_notification_arrives_in_its_order(
    engine: Engine, database_url: str
) -> None:
    chance = random.Random(4)  # noqa: S311 - no secret

    def moody(_posted: Posted) -> Answer:
        return Answer(500 if chance.random() < 0.05 else 204, delay_s=chance.random() / 50)

    with receiving() as receiver:
        receiver.choose = moody
        kills = [_live_and_die(database_url, receiver.url, chance) for _ in range(KILLS // 2)]
        receiver.choose = None
        asyncio.run(_deliver_the_rest(engine, database_url, receiver.url))

    assert sum(kills) == KILLS, "none of them ended by itself"
    changes = _changes(engine)
    assert len(changes) > KILLS, "the program did something between the kills"
    assert set(receiver.keys()) == changes, "each committed change arrived, and nothing else"
    _check_order(receiver)
    _check_repeats(receiver)


def _live_and_die(database_url: str, url: str, chance: random.Random) -> int:
    """Two processes at work on one database, killed at some moment; how many died of it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([killable.__name__])
    processes = [
        context.Process(target=killable.run, args=(database_url, url, streams), daemon=True)
        for streams in STREAMS
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(chance.uniform(0.1, 0.6))
        process.kill()
        process.join(30)
    return sum(process.exitcode == -signal.SIGKILL for process in processes)


async def _deliver_the_rest(engine: Engine, database_url: str, url: str) -> None:
    worker = killable.worker_on(database_url, url)
    later = datetime.now(UTC) + timedelta(hours=1)  # whatever waits or is leased is due by then
    while _open(engine):
        await worker.run_once(later)


def _open(engine: Engine) -> bool:
    with transaction(engine) as session:
        return bool(depth(session))


def _changes(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(answer_feedback))
        return {f"{row.conversation_id}:{row.message}" for row in rows}


def _check_order(receiver: Receiver) -> None:
    """In each stream the numbers go up by one; a repeat is of the last one."""
    arrived: dict[str, list[int]] = defaultdict(list)
    for key in receiver.keys():  # noqa: SIM118 - not a mapping
        stream, number = key.split(":")
        arrived[stream].append(int(number))
    for numbers in arrived.values():
        assert numbers == sorted(numbers)
        assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))


def _check_repeats(receiver: Receiver) -> None:
    """Whoever keeps the keys sees each change once: a repeat says the same under the same key."""
    said = defaultdict(set)
    for posted in receiver.posted:
        said[posted.headers["Idempotency-Key"]].add(posted.body)
    assert all(len(bodies) == 1 for bodies in said.values())
    assert all(json.loads(next(iter(bodies)))["id"] == key for key, bodies in said.items())
    times = Counter(receiver.accepted)
    print(f"changes={len(said)}, taken twice={sum(count > 1 for count in times.values())}")
