"""Several processes as one assistant, whatever is killed, stopped or restarted.

CHAOS_SECONDS and CHAOS_VISITORS set how long and how hard (`make chaos`: 120 and 50).
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from sales.leads.tables import leads
from tests.integration.cluster.chatter import Chatter
from tests.integration.cluster.house import House, house

CHAOS_SECONDS = float(os.environ.get("CHAOS_SECONDS", "25"))
CHAOS_VISITORS = int(os.environ.get("CHAOS_VISITORS", "12"))
DONE_WITHIN_S = 240.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as found:
        yield found


async def _talk(visitors: list[Chatter], meanwhile: object) -> None:
    """The visitors talk for as long as `meanwhile` takes, and say what they began to say."""
    async with asyncio.timeout(CHAOS_SECONDS + DONE_WITHIN_S), asyncio.TaskGroup() as group:
        for visitor in visitors:
            group.create_task(visitor.run())
        await meanwhile  # type: ignore[misc]
        for visitor in visitors:
            visitor.stopping.set()


def test_killed_at_random_every_message_is_answered_once_and_in_its_order(shop: House) -> None:
    seed = random.randrange(10**6)  # noqa: S311 - no secret
    chance, killed = random.Random(seed), 0  # noqa: S311

    async def live_again(number: int) -> None:
        await asyncio.to_thread(shop.servers[number].start)

    async def kill_at_random() -> None:
        nonlocal killed
        loop = asyncio.get_running_loop()
        give_up, dead = loop.time() + CHAOS_SECONDS, {}
        while loop.time() < give_up:
            await asyncio.sleep(chance.uniform(0.5, 3.0))
            dead = {n: task for n, task in dead.items() if not task.done()}
            alive = [n for n in range(len(shop.servers)) if n not in dead]
            if len(alive) > 1:  # somebody has to answer
                number = chance.choice(alive)
                await asyncio.to_thread(shop.kill, shop.servers[number])
                dead[number] = asyncio.create_task(live_again(number))
                killed += 1
        await asyncio.gather(*dead.values())

    visitors = [Chatter(shop, number) for number in range(CHAOS_VISITORS)]
    asyncio.run(_talk(visitors, kill_at_random()))

    for visitor in visitors:
        visitor.check()
    with shop.engine.connect() as connection:
        found = connection.execute(sa.select(leads.c.email)).scalars().all()
    assert sorted(found) == sorted(visitor.guest.email for visitor in visitors)
    messages = sum(len(visitor.said) for visitor in visitors)
    print(f"\nseed {seed}: {killed} kills, {len(visitors)} visitors, {messages} messages")
